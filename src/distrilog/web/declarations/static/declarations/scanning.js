// Counting by scanning: each pack scanned adds its units to its family. A scanner types and presses Enter; a phone looks.
"use strict";

(() => {
  const place = document.querySelector("[data-scanner]");
  const source = document.getElementById("packs");
  const form = document.querySelector("form[data-declaration]");
  if (!place || !source || !form) return;
  const packs = JSON.parse(source.textContent);
  const field = place.querySelector("[data-scanned]");
  const pack = place.querySelector("[data-pack]");
  const told = place.querySelector("[data-scan-told]");
  const undo = place.querySelector("[data-undo]");
  const counts = new Map();
  const done = [];
  const AGAIN = 1500; // milliseconds before the camera takes the same barcode for another box

  place.hidden = false;

  // A GTIN of 8, 12, 13 or 14 digits, alone or in a GS1 symbol: (01)… or (02)… with its count, (37)….
  const readCode = (text) => {
    const code = text.trim().replace(/^\][A-Za-z]\d/, "").replace(/^\u001d/, "");
    const bare = code.replace(/[()\s]/g, "");
    if (/^(\d{8}|\d{12,14})$/.test(bare)) return { gtin: bare.padStart(14, "0") };
    const element = /^(?:00\d{18}|)0([12])(\d{14})/.exec(bare);
    if (!element) return null;
    const count = /(?:\(37\)|\u001d37)(\d{1,8})/.exec(code);
    return { gtin: element[2], count: element[1] === "2" && count ? Number(count[1]) : null };
  };

  const plural = (count, word) => `${String(count).replace(".", ",")}\u00a0${word}${count >= 2 ? "s" : ""}`;

  const show = (family, words) => {
    form.dispatchEvent(new CustomEvent("distrilog:counted", { detail: { family, units: counts.get(family) ?? 0 } }));
    told.textContent = words;
    undo.hidden = done.length === 0;
  };

  const count = (text) => {
    const code = readCode(text);
    const article = code && packs[code.gtin];
    if (!article) {
      told.textContent = code
        ? `Article inconnu (${code.gtin}) : comptez-le à la main.`
        : "Ce code n’est pas celui d’un article : il commence souvent par 01, ou n’a que des chiffres.";
      return;
    }
    const units = code.count ? code.count * article.box : article[pack.value];
    const before = counts.get(article.family) ?? 0;
    counts.set(article.family, before + units);
    done.push({ family: article.family, units, name: article.name });
    const boxes = Math.round(((before + units) * 10) / article.box) / 10;
    show(article.family, `${article.name} : ${plural(boxes, "boîte")} jusqu’ici, ${plural(before + units, "unité")}.`);
  };

  field.addEventListener("keydown", (event) => {
    if (event.key !== "Enter") return;
    event.preventDefault(); // a scanner’s Enter counts a box, and sends nothing
    if (field.value.trim()) count(field.value);
    field.value = "";
  });

  undo.addEventListener("click", () => {
    const last = done.pop();
    if (!last) return;
    counts.set(last.family, (counts.get(last.family) ?? 0) - last.units);
    show(last.family, `Scan annulé : ${last.name}.`);
  });

  // ------------------------------------------------------------------ the camera

  const button = place.querySelector("[data-camera]");
  const video = place.querySelector("[data-video]");
  if (!("BarcodeDetector" in window) || !navigator.mediaDevices) return;
  button.hidden = false;
  let stream = null;
  let last = { code: "", at: 0 };

  const stop = () => {
    for (const track of stream ? stream.getTracks() : []) track.stop();
    stream = null;
    video.hidden = true;
    button.textContent = "Appareil photo";
  };

  const look = async (detector) => {
    if (!stream) return;
    const [found] = await detector.detect(video).catch(() => []);
    const now = Date.now();
    if (found && (found.rawValue !== last.code || now - last.at > AGAIN)) {
      count(found.rawValue);
      if (navigator.vibrate) navigator.vibrate(60);
    }
    if (found) last = { code: found.rawValue, at: now };
    window.setTimeout(() => look(detector), 200);
  };

  button.addEventListener("click", async () => {
    if (stream) {
      stop();
      return;
    }
    try {
      const detector = new BarcodeDetector({ formats: ["ean_13", "ean_8", "itf", "code_128", "data_matrix"] });
      stream = await navigator.mediaDevices.getUserMedia({ video: { facingMode: "environment" } });
      video.srcObject = stream;
      video.hidden = false;
      button.textContent = "Arrêter";
      told.textContent = "Visez le code-barres d’une boîte ; écartez l’appareil entre deux boîtes pareilles.";
      await video.play();
      await look(detector);
    } catch {
      stop();
      told.textContent = "L’appareil photo n’est pas disponible : saisissez les chiffres du code.";
    }
  });
})();
