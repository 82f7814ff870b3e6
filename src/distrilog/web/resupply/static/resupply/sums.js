// The sum of the boxes taken, beside what is asked. The page works without it: the check says the sum again.
"use strict";

(() => {
  for (const line of document.querySelectorAll("[data-sum]")) {
    const inputs = [...line.querySelectorAll("input[type=number]")];
    const told = line.querySelector("[data-sum-told]");
    if (!told || !inputs.length) continue;
    const asked = Number(line.dataset.asked);
    const show = () => {
      const sum = inputs.reduce((total, input) => total + Number(input.value || 0), 0);
      const left = asked - sum;
      const words = left > 0 ? `manque ${left}` : left < 0 ? `${-left} de trop` : "tout est couvert";
      told.textContent = ` · choisi\u00a0: ${sum}, ${words}`;
      told.hidden = false;
    };
    for (const input of inputs) input.addEventListener("input", show);
    show();
  }
})();
