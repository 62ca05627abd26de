// How many numbers a range holds, as soon as both of its ends are there. The API counts again.
"use strict";

(() => {
  const told = document.querySelector("[data-range]");
  if (!told) return;
  const [from, to] = ["from", "to"].map((id) => document.getElementById(id));
  const over = document.querySelector("[data-range-over]");
  const words = over.querySelector("[data-told]");
  const limit = BigInt(told.dataset.range);
  const parts = (text) => /^([A-Za-z]*?)(\d+)$/.exec(text.normalize("NFKC").trim());
  const show = () => {
    told.textContent = "";
    over.hidden = true;
    if (!from.value.trim() || !to.value.trim()) return;
    const [low, high] = [parts(from.value), parts(to.value)];
    if (!low || !high || low[1] !== high[1] || low[2].length !== high[2].length) {
      if (low && high && document.activeElement !== to) told.textContent = told.dataset.differs;
      return;
    }
    const count = BigInt(high[2]) - BigInt(low[2]) + 1n;
    if (count < 1n) { told.textContent = told.dataset.order; return; }
    if (count <= limit) { told.textContent = told.dataset.fits.replace("{n}", count); return; }
    words.textContent = words.dataset.told.replace("{n}", count);
    over.hidden = false;
  };
  for (const box of [from, to]) for (const kind of ["input", "change", "blur"]) box.addEventListener(kind, show);
  for (const button of document.querySelectorAll("[data-way]")) {
    button.addEventListener("click", () => {
      const radio = document.querySelector(`input[name="way"][value="${button.dataset.way}"]`);
      radio.checked = true;
      radio.dispatchEvent(new Event("change", { bubbles: true }));
      const field = document.querySelector(`[data-part="${button.dataset.way}"] .input`);
      if (field) field.focus();
    });
  }
  show();
})();
