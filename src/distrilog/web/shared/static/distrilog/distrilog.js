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
  for (const button of document.querySelectorAll("[data-print]")) {
    button.hidden = false;
    button.addEventListener("click", () => window.print());
  }
})();
