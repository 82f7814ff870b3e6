{% load static %}// Lets the declaration open without a network, for who it was made for, and sends what waited.
"use strict";

importScripts("{% static 'declarations/queue.js' %}?v={{ version }}");

const ASSETS = "distrilog-declaration-assets-{{ version }}";
const PAGES = "distrilog-declaration-page";
const PAGE = "{{ page }}";
const OFFLINE = "{{ offline }}";
const COOKIE = "{{ cookie }}";
const OWNER = "{{ header }}";
const KEPT = "X-Distrilog-Kept";
const LIFE = {{ life }}; // milliseconds: a page is kept no longer than a login lasts
const PATIENCE = 6000;
const FILES = [{% for file in files %}"{{ file }}", {% endfor %}OFFLINE];

self.addEventListener("install", (event) => {
  event.waitUntil((async () => {
    const cache = await caches.open(ASSETS);
    await cache.addAll(FILES.map((file) => new Request(file, { cache: "reload" })));
    await self.skipWaiting();
  })());
});

self.addEventListener("activate", (event) => {
  event.waitUntil((async () => {
    for (const name of await caches.keys()) {
      if (name.startsWith("distrilog-declaration-assets-") && name !== ASSETS) await caches.delete(name);
    }
    await self.clients.claim();
  })());
});

// What the network brings in time; else what was kept; else what the network brings at last.
async function freshest(request, kept) {
  const coming = fetch(request);
  const late = new Promise((done) => { setTimeout(done, PATIENCE); });
  const first = await Promise.race([coming.catch(() => null), late]);
  if (first) return first;
  return (await kept()) || coming;
}

async function keep(answer) {
  const headers = new Headers(answer.headers);
  headers.set(KEPT, String(Date.now()));
  const cache = await caches.open(PAGES);
  // One page at most is kept here: that of the last person the server named.
  await cache.put(PAGE, new Response(await answer.blob(), { status: 200, headers }));
}

const mine = (answer) => answer.ok && !answer.redirected && answer.headers.has(OWNER);

async function keepFresh() {
  try {
    const answer = await fetch(PAGE, { cache: "no-store", redirect: "manual" });
    if (mine(answer)) await keep(answer);
    else if (answer.status < 500) await caches.delete(PAGES); // signed out, or somebody who declares nothing
  } catch {
    // No network: what is kept stays.
  }
}

// The kept page, if it is not too old and belongs to whoever this browser is signed in for.
async function keptPage() {
  const cache = await caches.open(PAGES);
  const found = await cache.match(PAGE);
  if (!found) return null;
  const age = Date.now() - Number(found.headers.get(KEPT));
  const marker = self.cookieStore ? await self.cookieStore.get(COOKIE) : undefined;
  const another = marker !== undefined && (!marker || marker.value !== found.headers.get(OWNER));
  if (age > LIFE || another) {
    await caches.delete(PAGES);
    return null;
  }
  return found;
}

const offlinePage = async () => (await caches.match(OFFLINE)) || Response.error();

async function openPage(event, address) {
  try {
    const plain = address.search === "";
    const answer = await freshest(event.request, keptPage);
    if (answer.headers.has(KEPT)) return answer;
    if (answer.status >= 500) return (await keptPage()) || answer;
    if (mine(answer) && plain) event.waitUntil(keep(answer.clone()));
    else event.waitUntil(keepFresh());
    return answer;
  } catch {
    return (await keptPage()) || offlinePage();
  }
}

self.addEventListener("fetch", (event) => {
  const { request } = event;
  const address = new URL(request.url);
  if (request.method !== "GET" || address.origin !== self.location.origin) return;
  if (request.mode === "navigate" && address.pathname === PAGE) {
    event.respondWith(openPage(event, address));
  } else if (request.mode === "navigate") {
    event.respondWith(fetch(request).catch(offlinePage));
  } else if (FILES.includes(address.pathname + address.search)) {
    event.respondWith(freshest(request, () => caches.match(address.pathname + address.search)));
  }
});

async function tell(message) {
  for (const client of await self.clients.matchAll({ includeUncontrolled: true })) client.postMessage(message);
}

async function sendAll() {
  const who = await declarationQueue.state();
  if (!who) return; // the session has ended: the page will say so
  const outcomes = [...(await declarationQueue.flush(who.profile)).values()];
  const sent = outcomes.find((outcome) => outcome.word === "sent");
  if (sent) await keepFresh();
  await tell({ kind: "queue", address: sent ? sent.told.address : "" });
  if (outcomes.some((outcome) => outcome.word === "waiting")) throw new Error("Still no network.");
}

self.addEventListener("sync", (event) => {
  if (event.tag === "declarations") event.waitUntil(sendAll());
});

self.addEventListener("message", (event) => {
  if (event.data !== "keep") return;
  event.waitUntil(keepFresh().then(() => event.ports[0]?.postMessage("kept")));
});
