// What was filled in and not yet accepted: kept on this device, by profile, until the server has said yes.
// Shared by the page and by the service worker; whoever sends first wins, the key makes a second one harmless.
"use strict";

// eslint-disable-next-line no-unused-vars
const declarationQueue = (() => {
  const BASE = "distrilog-declarations";
  const STORE = "entries";
  const STATE = "/declaration/etat/";
  const SEND = "/declaration/envoyer/";
  const PATIENCE = 20_000;

  const open = () => new Promise((done, fail) => {
    const asked = indexedDB.open(BASE, 1);
    asked.onupgradeneeded = () => asked.result.createObjectStore(STORE, { keyPath: "key" });
    asked.onsuccess = () => done(asked.result);
    asked.onerror = () => fail(asked.error);
  });

  // Each touch opens the base and closes it: a page that stays open must not hold it.
  const touch = async (mode, act) => {
    const base = await open();
    try {
      return await new Promise((done, fail) => {
        const change = base.transaction(STORE, mode);
        const asked = act(change.objectStore(STORE));
        change.oncomplete = () => done(asked.result);
        change.onerror = () => fail(change.error);
        change.onabort = () => fail(change.error);
      });
    } finally {
      base.close();
    }
  };

  const all = () => touch("readonly", (store) => store.getAll());
  const keep = (entry) => touch("readwrite", (store) => store.put(entry));
  const forget = (key) => touch("readwrite", (store) => store.delete(key));
  const of = async (profile) => (await all()).filter((entry) => entry.profile === profile);

  const ask = (address, options = {}) => fetch(address, {
    credentials: "same-origin",
    redirect: "manual", // towards the login: the session has ended
    cache: "no-store",
    signal: AbortSignal.timeout ? AbortSignal.timeout(PATIENCE) : undefined,
    ...options,
  });

  // Who is signed in here, and the token of forms; null when nobody is who may declare.
  const state = async () => {
    const answer = await ask(STATE);
    return answer.ok ? answer.json() : null;
  };

  // Return what became of an entry: sent, refused, signed-out, other, waiting. Removed once the server said yes.
  const send = async (entry) => {
    try {
      const who = await state();
      if (!who) return { word: "signed-out" };
      if (who.profile !== entry.profile) return { word: "other" };
      const answer = await ask(SEND, {
        method: "POST",
        headers: { "X-CSRFToken": who.csrf, Accept: "application/json" },
        body: new URLSearchParams(entry.fields),
      });
      if (answer.type === "opaqueredirect") return { word: "signed-out" };
      if (answer.ok) {
        const told = await answer.json();
        await forget(entry.key);
        return { word: "sent", told };
      }
      if (answer.status >= 500 || answer.status === 429) return { word: "waiting" };
      const problem = await answer.json().catch(() => ({}));
      await keep({ ...entry, refused: problem.slug || "refused" });
      return { word: "refused", told: problem };
    } catch {
      return { word: "waiting" }; // no network, or none worth the name
    }
  };

  // One sender at a time, page or worker.
  const alone = (act) => (navigator.locks ? navigator.locks.request(BASE, act) : act());

  // Send whatever waits for this profile; what was refused waits for the person. Return the words, by key.
  const flush = (profile) => alone(async () => {
    const outcomes = new Map();
    for (const entry of await of(profile)) {
      if (entry.refused) continue;
      const outcome = await send(entry);
      outcomes.set(entry.key, outcome);
      if (["waiting", "signed-out", "other"].includes(outcome.word)) break;
    }
    return outcomes;
  });

  return { all, of, keep, forget, send: (entry) => alone(() => send(entry)), flush, state };
})();
