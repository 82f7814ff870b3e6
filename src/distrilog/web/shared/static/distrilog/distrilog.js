// What makes the pages quicker where there is JavaScript. Every page works without it.
"use strict";

(() => {
  const THIN = "\u202f";

  const grouped = (count) => String(count).replace(/\B(?=(\d{3})+$)/g, THIN);

  // « paires de lunettes »: the first word takes the mark.
  const plural = (count, word) => {
    const [head, ...rest] = word.split(" ");
    const many = count >= 2 && !/[sxz]$/.test(head) ? `${head}s` : head;
    return `${grouped(count)}\u00a0${[many, ...rest].join(" ")}`;
  };

  // Steppers: buttons, the units beside the boxes, and a stop at what is left.
  for (const stepper of document.querySelectorAll("[data-stepper]")) {
    const input = stepper.querySelector("input");
    const output = stepper.querySelector("output");
    const most = Number(stepper.dataset.most);
    const boxUnits = Number(stepper.dataset.boxUnits);
    const buttons = [...stepper.querySelectorAll("[data-step]")];

    const show = () => {
      const boxes = Number(input.value || 0);
      const whole = Number.isInteger(boxes) && boxes >= 0;
      output.textContent = boxes && whole ? `= ${plural(boxes * boxUnits, stepper.dataset.unit)}` : "";
      if (boxes > most) output.textContent = `Au plus ${plural(most, "boîte")} cette semaine`;
      for (const button of buttons) {
        const next = boxes + Number(button.dataset.step);
        button.disabled = next < 0 || next > most;
      }
    };

    for (const button of buttons) {
      button.hidden = false;
      button.addEventListener("click", () => {
        input.value = String(Math.min(most, Math.max(0, Number(input.value || 0) + Number(button.dataset.step))));
        input.dispatchEvent(new Event("input", { bubbles: true }));
      });
    }
    input.addEventListener("input", show);
    show();
  }

  // Forms marked `data-keep`: what was typed stays on this device until the server has confirmed it.
  for (const form of document.querySelectorAll("form[data-keep]")) {
    const place = `distrilog:${form.dataset.keep}`;
    const fields = () => [...form.querySelectorAll("input[type=number], select, textarea")];
    const kept = JSON.parse(sessionStorage.getItem(place) || "{}");
    for (const field of fields()) {
      if (!field.value && kept[field.name]) {
        field.value = kept[field.name];
        field.dispatchEvent(new Event("input", { bubbles: true }));
      }
    }
    form.addEventListener("input", () => {
      const values = Object.fromEntries(fields().map((field) => [field.name, field.value]));
      sessionStorage.setItem(place, JSON.stringify(values));
    });
  }
  const done = document.querySelector("[data-forget]");
  if (done) sessionStorage.removeItem(`distrilog:${done.dataset.forget}`);

  // What the declaration keeps on this device belongs to who is signed in: it goes with a sign-out, and wherever
  // nobody is signed in. What was not sent yet is never erased: whoever leaves is told that it waits.
  const PAGES = "distrilog-declaration-page";
  const MARKER = "distrilog_declaration=; path=/declaration/; max-age=0; samesite=lax";
  const forgetPages = async () => {
    document.cookie = MARKER;
    if ("caches" in window) await caches.delete(PAGES);
  };
  const waiting = () => new Promise((done) => {
    const asked = window.indexedDB ? indexedDB.open("distrilog-declarations") : null;
    if (!asked) {
      done(0);
      return;
    }
    // A base that is not there yet is not made here.
    asked.onupgradeneeded = () => asked.transaction.abort();
    asked.onerror = (event) => { event.preventDefault(); done(0); };
    asked.onsuccess = () => {
      const counted = asked.result.transaction("entries").objectStore("entries").count();
      counted.onsuccess = () => { asked.result.close(); done(counted.result); };
      counted.onerror = () => { asked.result.close(); done(0); };
    };
  });
  if (!document.querySelector(".dl-who__name")) forgetPages();
  for (const form of document.querySelectorAll("form[action='/deconnexion/'], form[action='/profils/']")) {
    form.addEventListener("submit", async (event) => {
      if (form.dataset.left) return;
      event.preventDefault();
      event.stopImmediatePropagation();
      const leaves = form.getAttribute("action") === "/deconnexion/";
      const told = "Une déclaration attend d’être envoyée. Elle reste gardée sur cet appareil, et partira quand vous vous reconnecterez ici. Se déconnecter quand même ?";
      if (leaves && await waiting() && !window.confirm(told)) return;
      await forgetPages();
      form.dataset.left = "yes";
      form.requestSubmit(event.submitter);
    });
  }

  // One press, one request; and nothing is sent, nor lost, without a network.
  for (const form of document.querySelectorAll("form[method=post]")) {
    form.addEventListener("submit", (event) => {
      if (!navigator.onLine) {
        event.preventDefault();
        const note = form.querySelector("[data-offline]") || document.createElement("p");
        note.dataset.offline = "";
        note.className = "fr-error-text";
        note.setAttribute("role", "alert");
        note.textContent = "Pas de réseau. Votre saisie est gardée sur cet appareil : renvoyez-la quand la connexion revient.";
        form.append(note);
        return;
      }
      if (form.dataset.sent) {
        event.preventDefault();
        return;
      }
      form.dataset.sent = "yes";
    });
  }
  // A page brought back by the back button may be sent again.
  window.addEventListener("pageshow", () => {
    for (const form of document.querySelectorAll("form[data-sent]")) delete form.dataset.sent;
  });

  // After a refusal, the summary of faults takes the focus.
  const errors = document.querySelector("[data-focus]");
  if (errors) errors.focus();

  for (const button of document.querySelectorAll("[data-copy]")) {
    button.hidden = false;
    button.addEventListener("click", async () => {
      await navigator.clipboard.writeText(document.getElementById(button.dataset.copy).textContent.trim());
      button.textContent = "Copié";
    });
  }
  // A receipt asks what happened to the boxes only where some are not there.
  for (const line of document.querySelectorAll("[data-received]")) {
    const kind = line.querySelector("[data-when-fewer]");
    const input = line.querySelector("input[type=number]");
    const show = () => { kind.hidden = input.value !== "" && Number(input.value) >= Number(line.dataset.received); };
    input.addEventListener("input", show);
    show();
  }

  // A photo is made small before it travels: a loading dock has little network.
  for (const input of document.querySelectorAll("input[type=file][capture]")) {
    input.addEventListener("change", async () => {
      const [file] = input.files;
      if (!file || file.size < 400_000 || !window.createImageBitmap) return;
      try {
        const image = await createImageBitmap(file, { imageOrientation: "from-image" });
        const ratio = Math.min(1, 1600 / Math.max(image.width, image.height));
        const canvas = document.createElement("canvas");
        canvas.width = Math.round(image.width * ratio);
        canvas.height = Math.round(image.height * ratio);
        canvas.getContext("2d").drawImage(image, 0, 0, canvas.width, canvas.height);
        const small = await new Promise((done) => { canvas.toBlob(done, "image/jpeg", 0.8); });
        if (!small || small.size >= file.size) return;
        const files = new DataTransfer();
        files.items.add(new File([small], "photo.jpg", { type: "image/jpeg" }));
        input.files = files.files;
      } catch {
        // What the browser cannot read is sent as it is: the server says what is wrong with it.
      }
    });
  }

  // Where the browser reads barcodes, the camera fills the field in.
  for (const form of document.querySelectorAll("[data-scan]")) {
    const button = form.querySelector("[data-scan-start]");
    const video = form.querySelector("[data-scan-video]");
    const note = form.querySelector("[data-scan-note]");
    if (!("BarcodeDetector" in window) || !navigator.mediaDevices) continue;
    button.hidden = false;
    const tell = (words) => { note.textContent = words; note.hidden = !words; };
    let stream = null;
    const stop = () => {
      for (const track of stream ? stream.getTracks() : []) track.stop();
      stream = null;
      video.hidden = true;
      button.textContent = "Scanner";
      tell("");
    };
    const look = async (detector) => {
      if (!stream) return;
      const [found] = await detector.detect(video);
      if (!found) {
        window.setTimeout(() => look(detector), 200);
        return;
      }
      stop();
      form.querySelector("input").value = found.rawValue;
      form.requestSubmit();
    };
    button.addEventListener("click", async () => {
      if (stream) {
        stop();
        return;
      }
      try {
        const detector = new BarcodeDetector({ formats: ["code_128", "data_matrix"] });
        stream = await navigator.mediaDevices.getUserMedia({ video: { facingMode: "environment" } });
        video.srcObject = stream;
        video.hidden = false;
        button.textContent = "Arrêter";
        tell("Visez le code-barres de l’étiquette.");
        await video.play();
        await look(detector);
      } catch {
        stop();
        tell("L’appareil photo n’est pas disponible : saisissez les chiffres du code.");
      }
    });
  }

  for (const button of document.querySelectorAll("[data-print]")) {
    button.hidden = false;
    button.addEventListener("click", () => window.print());
  }
})();
