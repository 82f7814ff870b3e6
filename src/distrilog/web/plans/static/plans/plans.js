// The effect of an adjustment as it is typed. Without this the button « Voir l’effet » does the same.
"use strict";

(() => {
  const PAUSE = 150; // milliseconds without a key before asking
  const form = document.querySelector("form[data-effect]");
  const place = document.getElementById("effet");
  if (!form || !place) return;

  let timer = 0;
  let asked = null;

  const show = async () => {
    asked?.abort();
    asked = new AbortController();
    try {
      const answer = await fetch(form.dataset.effect, {
        method: "POST",
        body: new FormData(form),
        headers: { "X-Requested-With": "fetch" },
        credentials: "same-origin",
        signal: asked.signal,
      });
      if (!answer.ok) return;
      place.innerHTML = await answer.text();
      tell();
    } catch (error) {
      // Another key was pressed meanwhile, or there is no network: the button is still there.
      if (error.name !== "AbortError") form.querySelector(".dl-desk__see").hidden = false;
    }
  };

  // On a phone the effect is below the list: a line at the bottom of the screen says it, and leads there.
  const bar = form.querySelector(".dl-desk__bar");
  const tell = () => {
    const told = place.querySelector(".dl-desk__sum strong");
    const faults = place.querySelectorAll(".dl-desk__faults li").length;
    bar.hidden = !told;
    if (told) bar.firstElementChild.textContent = faults ? `${told.textContent}, à corriger` : told.textContent;
  };

  const mark = (input) => {
    const seen = form.querySelector(`input[name="vu-${input.id.slice("boites-".length)}"]`);
    input.toggleAttribute("data-moved", Boolean(seen) && input.value !== "" && input.value !== seen.value);
  };

  form.querySelector(".dl-desk__see").hidden = true;
  for (const input of form.querySelectorAll(".dl-desk__take input[type=number]")) {
    mark(input);
    input.addEventListener("input", () => {
      mark(input);
      window.clearTimeout(timer);
      timer = window.setTimeout(show, PAUSE);
    });
    // The Enter key shows the effect, and sends nothing.
    input.addEventListener("keydown", (event) => {
      if (event.key !== "Enter") return;
      event.preventDefault();
      window.clearTimeout(timer);
      show();
    });
  }
})();
