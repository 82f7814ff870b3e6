// The declaration where there is JavaScript: cover as one types, boxes and units, and a life without a network.
// Without it the form is sent and answered as any other.
"use strict";

(() => {
  const form = document.querySelector("form[data-declaration]");
  const THIN = "\u202f";
  const HARD = "\u00a0";
  const DAYS = 7;

  // ---------------------------------------------------------------- French words

  const grouped = (count) => String(count).replace(/\B(?=(\d{3})+$)/g, THIN);
  const plural = (count, word) => {
    const [head, ...rest] = word.split(" ");
    const many = count >= 2 && !/[sxz]$/.test(head) ? `${head}s` : head;
    return `${grouped(count)}${HARD}${[many, ...rest].join(" ")}`;
  };
  const tenths = (count) => `${grouped(Math.floor(count / 10))}${count % 10 ? `,${count % 10}` : ""}`;
  const inBoxes = (units, boxUnits, unit) => {
    if (units % boxUnits) return plural(units, unit);
    return `${plural(units / boxUnits, "boîte")} (${plural(units, unit)})`;
  };

  // ---------------------------------------------------------------- quantities, as the server reads them

  const bare = (text) => text.replace(/[\s\u00a0\u202f\u2009]/g, "").replace(",", ".");
  const read = (text, counting, boxUnits) => {
    const typed = bare(text);
    if (!/^\d*\.?\d*$/.test(typed) || typed === "" || typed === ".") return null;
    if (/\.\d{3}$/.test(text.trim())) return null; // « 1.250 » may be read two ways
    const units = Math.round(Number(typed) * (counting === "boxes" ? boxUnits : 1) * 1e6) / 1e6;
    if (counting !== "boxes" && !Number.isInteger(units)) return null;
    return Math.floor(units + 0.5);
  };
  const shown = (units, counting, boxUnits) => {
    if (counting !== "boxes") return String(units);
    for (let places = 1; places <= 6; places += 1) {
      const text = (units / boxUnits).toFixed(places).replace(/\.?0+$/, "");
      if (read(text, counting, boxUnits) === units) return text.replace(".", ",");
    }
    return String(units / boxUnits);
  };

  if (form) begin();
  showQueue();
  startWorker();

  function begin() {
    const counting = form.elements.counting;
    const typed = form.elements.typed;
    const lines = [...form.querySelectorAll("[data-line]")].map(lineOf);

    function lineOf(place) {
      const { family, unit } = place.dataset;
      const figures = ["stock", "consumption"].map((name) => form.elements[`${name}-${family}`]);
      return {
        place,
        family,
        unit,
        boxUnits: Number(place.dataset.boxUnits),
        need: Number(place.dataset.need),
        safety: Number(place.dataset.safety),
        watch: Number(place.dataset.watch),
        alert: Number(place.dataset.alert),
        figures,
        stock: figures[0],
        bands: [...place.querySelectorAll(`input[name="band-${family}"]`)],
      };
    }

    // -------------------------------------------------------------- cover, as one types

    const levelOf = (line, units) => {
      if (units === 0) return ["late", "Rupture"];
      if (units * DAYS < line.alert * line.need) return ["late", "Alerte"];
      if (units * DAYS < line.watch * line.need) return ["tension", "À surveiller"];
      return ["good", "Couvert"];
    };

    // Beside the number: what it counts, and what that makes.
    const toldBeside = (line, units) => {
      const many = plural(2, line.unit).slice(2);
      if (typed.value === "boxes") return units === null ? "boîtes" : `boîtes = ${plural(units, line.unit)}`;
      if (units === null) return many;
      const boxes = Math.floor((units * 10) / line.boxUnits);
      return `${many} = ${tenths(boxes)}${HARD}boîte${boxes >= 20 ? "s" : ""}`;
    };

    const showCover = (line) => {
      const units = read(line.stock.value, typed.value, line.boxUnits);
      for (const output of line.place.querySelectorAll("[data-units]")) {
        const value = read(form.elements[output.dataset.units].value, typed.value, line.boxUnits);
        output.textContent = toldBeside(line, value);
      }
      for (const button of line.place.querySelectorAll("[data-less]")) {
        button.disabled = !read(form.elements[button.dataset.less].value, typed.value, line.boxUnits);
      }
      const cover = line.place.querySelector("[data-cover]");
      if (!cover) return;
      const known = units !== null && line.need > 0;
      cover.querySelector("[data-cover-fill]").setAttribute("width", String(known ? Math.min(1000, Math.floor((750 * units) / line.safety)) : 0));
      const days = known ? Math.floor((units * DAYS * 10) / line.need) : 0;
      const [tag, word] = known ? levelOf(line, units) : ["", "Sans déclaration"];
      cover.querySelector("[data-cover-days]").textContent = known
        ? `${tenths(days)}${HARD}jour${days >= 20 ? "s" : ""} d’avance`
        : "Indiquez le stock";
      const label = line.place.querySelector("[data-cover-level]");
      label.className = `dl-tag${tag ? ` dl-tag--${tag}` : ""}`;
      label.textContent = word;
      cover.dataset.level = tag;
    };

    // -------------------------------------------------------------- boxes, units, bands

    const showCounting = () => {
      const banded = counting.value === "bands";
      for (const button of form.querySelectorAll("[data-count]")) {
        button.setAttribute("aria-pressed", String(button.value === counting.value));
      }
      for (const line of lines) {
        const here = banded && line.bands.length > 0;
        line.place.querySelector("[data-figures]").hidden = here;
        const bands = line.place.querySelector("[data-bands]");
        if (bands) bands.hidden = !here;
        for (const word of line.place.querySelectorAll("[data-counted]")) {
          word.textContent = typed.value === "boxes" ? "boîtes" : word.dataset.counted;
        }
        for (const field of line.figures) field.inputMode = typed.value === "boxes" ? "decimal" : "numeric";
      }
    };

    for (const button of form.querySelectorAll("[data-count]")) {
      button.addEventListener("click", (event) => {
        event.preventDefault();
        const next = button.value;
        if (next !== "bands" && next !== typed.value) {
          for (const line of lines) {
            for (const field of line.figures) {
              const units = read(field.value, typed.value, line.boxUnits);
              if (units !== null) field.value = shown(units, next, line.boxUnits);
            }
          }
          typed.value = next;
        }
        counting.value = next;
        showCounting();
        lines.forEach(showCover);
      });
    }

    const step = (field, boxUnits, by) => {
      const units = read(field.value, typed.value, boxUnits) ?? 0;
      field.value = shown(Math.max(0, units + by * boxUnits), typed.value, boxUnits);
      field.dispatchEvent(new Event("input", { bubbles: true }));
    };

    for (const line of lines) {
      for (const button of line.place.querySelectorAll("[data-less], [data-more]")) {
        const by = button.dataset.less ? -1 : 1;
        button.hidden = false;
        button.addEventListener("click", () => {
          step(form.elements[button.dataset.less || button.dataset.more], line.boxUnits, by);
        });
      }
      line.place.addEventListener("input", () => showCover(line));
      // The likely value in one tap.
      for (const correction of line.place.querySelectorAll("[data-correct]")) {
        correction.addEventListener("click", (event) => {
          event.preventDefault();
          const field = form.elements[correction.dataset.spot];
          field.value = shown(Number(correction.dataset.correct), typed.value, line.boxUnits);
          correction.closest("[data-question]").hidden = true;
          line.place.classList.remove("dl-line-said--asks");
          field.dispatchEvent(new Event("input", { bubbles: true }));
          field.focus();
        });
      }
      showCover(line);
    }
    showCounting();

    // A thumb’s Enter goes to the next figure: it sends nothing half typed.
    const figures = () => [...form.querySelectorAll(".dl-count__input")].filter((field) => field.offsetParent !== null);
    form.addEventListener("keydown", (event) => {
      if (event.key !== "Enter" || !event.target.classList.contains("dl-count__input")) return;
      event.preventDefault();
      const next = figures()[figures().indexOf(event.target) + 1];
      if (next) next.select();
      (next || form.querySelector(".dl-sticky button")).focus();
    });

    // -------------------------------------------------------------- another difficulty, without asking the server

    const more = form.querySelector("[data-one-more]");
    more.addEventListener("click", (event) => {
      event.preventDefault();
      const rows = [...form.querySelectorAll("[data-trouble]")];
      const rank = rows.length;
      const made = rows[rank - 1].cloneNode(true);
      for (const fault of made.querySelectorAll(".fr-error-text, .dl-choice")) fault.remove();
      for (const one of made.querySelectorAll("[id], [name], [for], [aria-describedby]")) {
        for (const name of ["id", "name", "for", "aria-describedby"]) {
          const value = one.getAttribute(name);
          if (value) one.setAttribute(name, value.replaceAll(`-${rank - 1}`, `-${rank}`));
        }
      }
      for (const field of made.querySelectorAll("select, textarea")) field.value = "";
      made.querySelector("legend").textContent = `Difficulté ${rank + 1}`;
      rows[rank - 1].after(made);
      form.elements.troubles.value = String(rank + 1);
      made.querySelector("select").focus();
    });

    // -------------------------------------------------------------- all mine, all theirs

    for (const button of document.querySelectorAll("[data-keep-all]")) {
      button.hidden = false;
      button.addEventListener("click", () => {
        for (const choice of form.querySelectorAll(`input[type=radio][value="${button.dataset.keepAll}"][name^="keep-"]`)) {
          choice.checked = true;
        }
      });
    }

    // -------------------------------------------------------------- scanned boxes

    form.addEventListener("distrilog:counted", (event) => {
      const { family, units } = event.detail;
      const line = lines.find((each) => each.family === family);
      if (!line) return;
      if (counting.value === "bands") form.querySelector("[data-count][value=boxes]").click();
      line.stock.value = shown(units, typed.value, line.boxUnits);
      line.stock.dispatchEvent(new Event("input", { bubbles: true }));
    });

    // -------------------------------------------------------------- sending

    const note = form.querySelector("[data-sending]");
    const tell = (words, urgent) => {
      note.textContent = words;
      note.className = urgent ? "dl-kept" : "dl-small";
      note.hidden = !words;
    };
    form.addEventListener("input", () => { form.dataset.touched = "yes"; });
    // What waits on this device is what one sees again: nothing is typed twice.
    form.addEventListener("distrilog:resume", (event) => {
      const entry = event.detail;
      if (entry.week !== form.elements.week.value || form.dataset.touched) return;
      const values = new Map(entry.fields);
      while (Number(form.elements.troubles.value) < Number(values.get("troubles"))) more.click();
      for (const [name, value] of values) {
        const field = form.elements[name];
        if (field && name !== "csrfmiddlewaretoken") field.value = value;
      }
      lines.forEach(showCover);
      showCounting();
    });
    let sending = false;
    // Before the listeners of every form: this one is kept on the device before it leaves.
    document.addEventListener("submit", async (event) => {
      if (event.target !== form) return;
      const pressed = event.submitter;
      if (pressed && pressed.name) return; // another difficulty, for one: the server shows the page again
      if (!window.indexedDB) return; // as any other form then
      event.preventDefault();
      event.stopImmediatePropagation();
      if (sending) return;
      sending = true;
      tell("Envoi en cours…");
      const entry = entryOf();
      try {
        await declarationQueue.keep(entry);
        if (form.dataset.replaces) await declarationQueue.forget(form.dataset.replaces);
      } catch {
        form.submit(); // this browser keeps nothing: sent as any other form
        return;
      }
      const outcome = await declarationQueue.send(entry);
      sending = false;
      if (outcome.word === "sent") {
        window.location.assign(outcome.told.address);
        return;
      }
      if (outcome.word === "refused") {
        form.submit(); // the server says at each line what is wrong, as it does without JavaScript
        return;
      }
      await wait(entry, outcome.word);
    }, true);

    const entryOf = () => ({
      key: form.elements.key.value,
      profile: form.elements.profile.value,
      week: form.elements.week.value,
      facility: form.dataset.facility,
      at: new Date().toISOString(),
      fields: [...new FormData(form)].filter(([name]) => name !== "csrfmiddlewaretoken"),
    });

    const wait = async (entry, word) => {
      const fields = entry.fields.map(([name, value]) => (name === "queued" ? [name, "1"] : [name, value]));
      await declarationQueue.keep({ ...entry, fields });
      const words = {
        waiting: "Pas de réseau. Votre déclaration est gardée sur cet appareil et partira dès que la connexion revient.",
        "signed-out": "Votre session est terminée. Votre déclaration est gardée sur cet appareil : reconnectez-vous, elle partira.",
        other: "Un autre profil est en cours sur cet appareil. Votre déclaration est gardée : elle partira quand vous reprendrez le vôtre.",
      };
      tell(words[word], true);
      delete form.dataset.touched; // what is typed is what waits
      await askForSync();
      await showQueue();
    };
  }

  async function askForSync() {
    try {
      const registration = await navigator.serviceWorker.ready;
      if (registration.sync) await registration.sync.register("declarations");
    } catch {
      // No background synchronisation here: the page sends when the network is back.
    }
  }

  // ------------------------------------------------------------------ what waits on this device

  async function showQueue() {
    const place = document.querySelector("[data-queue]");
    if (!place || !window.indexedDB) return;
    const accepted = document.querySelector("[data-accepted]");
    if (accepted) await declarationQueue.forget(accepted.dataset.accepted);
    const { profile } = place.dataset;
    const entries = await declarationQueue.all().catch(() => []);
    // This very page may be the answer to one of them.
    const here = [form?.dataset.answers, form?.dataset.replaces];
    const shown = entries.filter((entry) => !(entry.refused && here.includes(entry.key)));
    const own = shown.filter((entry) => entry.profile === profile);
    const others = shown.length - own.length;
    place.replaceChildren();
    for (const entry of own) place.append(entry.refused ? refusedNote(entry) : waitingNote(entry));
    if (others) place.append(otherNote(others));
    place.hidden = !shown.length;
  }

  const element = (name, className, words) => {
    const made = document.createElement(name);
    if (className) made.className = className;
    if (words) made.textContent = words;
    return made;
  };

  const noteOf = (kind, title, words) => {
    const made = element("div", `fr-alert fr-alert--${kind}`);
    made.append(element("p", "fr-alert__title", title), element("p", "", words));
    return made;
  };

  const whenOf = (entry) => new Intl.DateTimeFormat("fr-FR", { weekday: "long", hour: "2-digit", minute: "2-digit" }).format(new Date(entry.at));

  function waitingNote(entry) {
    const made = noteOf("info", "Une déclaration attend d’être envoyée", `Saisie ${whenOf(entry)} sur cet appareil, semaine ${Number(entry.week.slice(6))}. Elle partira dès que la connexion revient.`);
    const button = element("button", "fr-btn fr-btn--sm fr-btn--secondary", "Envoyer maintenant");
    button.type = "button";
    button.addEventListener("click", () => sendAll());
    made.append(button);
    return made;
  }

  function refusedNote(entry) {
    const why = entry.refused === "declaration-conflict"
      ? "Quelqu’un d’autre a déclaré entre-temps. Comparez, et choisissez ligne par ligne."
      : "Le service a une question ou une correction à vous demander.";
    const made = noteOf("warning", "Votre déclaration attend votre réponse", why);
    const resume = element("button", "fr-btn fr-btn--sm", "Comparer et répondre");
    resume.type = "button";
    resume.addEventListener("click", () => openAgain(entry));
    const drop = element("button", "fr-btn fr-btn--sm fr-btn--tertiary", "Abandonner cette saisie");
    drop.type = "button";
    drop.addEventListener("click", async () => {
      if (!window.confirm("Effacer cette saisie de l’appareil ? Elle n’a pas été enregistrée.")) return;
      await declarationQueue.forget(entry.key);
      await showQueue();
    });
    const deeds = element("div", "dl-deeds dl-deeds--tight");
    deeds.append(resume, drop);
    made.append(deeds);
    return made;
  }

  const otherNote = (count) => noteOf(
    "info",
    "Une autre personne a une saisie en attente sur cet appareil",
    `${plural(count, "déclaration")} : elle partira quand cette personne se reconnectera. Vous ne pouvez pas la lire.`,
  );

  // The server shows what it refused, side by side, exactly as if the form had just been sent to it.
  async function openAgain(entry) {
    const who = await declarationQueue.state().catch(() => null);
    if (!who || who.profile !== entry.profile) {
      await showQueue();
      return;
    }
    const made = element("form");
    made.method = "post";
    made.action = "/declaration/";
    made.hidden = true;
    for (const [name, value] of [...entry.fields, ["csrfmiddlewaretoken", who.csrf]]) {
      const field = element("input");
      field.type = "hidden";
      field.name = name;
      field.value = value;
      made.append(field);
    }
    document.body.append(made);
    made.submit();
  }

  async function sendAll() {
    const place = document.querySelector("[data-queue]");
    if (!place || !navigator.onLine) return;
    const outcomes = await declarationQueue.flush(place.dataset.profile).catch(() => new Map());
    const sent = [...outcomes.values()].find((outcome) => outcome.word === "sent");
    await arrived(sent ? sent.told.address : "");
  }

  // What waited has been taken down: its confirmation is shown, unless somebody is typing.
  async function arrived(address) {
    if (address && !form?.dataset.touched) {
      window.location.assign(address);
      return;
    }
    await showQueue();
    if (!address) return;
    const place = document.querySelector("[data-queue]");
    const note = noteOf("success", "Votre saisie en attente est enregistrée", "Ce que vous tapez maintenant en sera une correction.");
    place.append(note);
    place.hidden = false;
  }

  // ------------------------------------------------------------------ the worker

  async function startWorker() {
    const place = document.querySelector("[data-queue]");
    if (!place || !window.indexedDB) return;
    window.addEventListener("online", sendAll);
    if ("serviceWorker" in navigator) {
      navigator.serviceWorker.addEventListener("message", (event) => {
        if (event.data?.kind === "queue") arrived(event.data.address);
      });
      keepPage(place.dataset.worker);
    }
    await sendAll();
    const own = await declarationQueue.of(place.dataset.profile).catch(() => []);
    const waiting = own.find((entry) => !entry.refused);
    if (waiting && form) form.dispatchEvent(new CustomEvent("distrilog:resume", { detail: waiting }));
  }

  async function keepPage(address) {
    try {
      await navigator.serviceWorker.register(address, { scope: "/declaration/" });
      const registration = await navigator.serviceWorker.ready;
      const { port1, port2 } = new MessageChannel();
      port1.onmessage = () => { document.documentElement.dataset.kept = "yes"; };
      registration.active.postMessage("keep", [port2]);
    } catch {
      // No worker here, a private window for one: the page works with a network.
    }
  }
})();
