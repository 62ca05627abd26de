// The panel's only script: comfort, never rights. Every page works without it, except that hidden parts stay visible.
"use strict";

(() => {
  const all = (selector, root = document) => Array.from(root.querySelectorAll(selector));
  document.documentElement.classList.add("js");

  // --- the menu on phones
  for (const button of all("[data-toggle-rail]")) {
    button.addEventListener("click", () => {
      const open = document.getElementById("rail").classList.toggle("open");
      button.setAttribute("aria-expanded", String(open));
    });
  }

  // --- small panels close on Escape and on a click elsewhere
  document.addEventListener("click", (event) => {
    for (const drop of all("details.drop[open]")) if (!drop.contains(event.target)) drop.open = false;
  });
  document.addEventListener("keydown", (event) => {
    if (event.key !== "Escape") return;
    for (const drop of all("details.drop[open]")) {
      drop.open = false;
      drop.querySelector("summary").focus();
    }
  });

  // --- what a small panel shows besides is fetched when it is opened first
  for (const part of all("[data-fetched]")) {
    part.closest("details").addEventListener("toggle", async () => {
      const answer = await fetch(part.dataset.fetched, { redirect: "manual", credentials: "same-origin" });
      if (answer.ok) part.querySelector("[data-fetched-here]").innerHTML = await answer.text();
    }, { once: true });
  }

  // --- ticking rows
  for (const form of all("form[data-ticking]")) {
    const boxes = all("input.tick[name]", form);
    const every = form.querySelector("[data-tick-all]");
    const count = form.querySelector("[data-ticked-count]");
    const bar = form.querySelector("[data-ticked-bar]");
    const show = () => {
      const ticked = boxes.filter((box) => box.checked).length;
      count.textContent = count.dataset.tickedCount.replace("{n}", ticked);
      bar.hidden = ticked === 0;
      if (every) {
        every.checked = ticked > 0 && ticked === boxes.length;
        every.indeterminate = ticked > 0 && ticked < boxes.length;
      }
    };
    if (every) every.addEventListener("change", () => { for (const box of boxes) box.checked = every.checked; show(); });
    for (const box of boxes) box.addEventListener("change", show);
    window.addEventListener("pageshow", show);
    show();
  }

  // --- one of several ways to choose: only the chosen part is shown, and only it is sent
  for (const group of all("[data-parts]")) {
    const radios = all(`input[name="${group.dataset.parts}"]`);
    const show = () => {
      const chosen = radios.find((radio) => radio.checked);
      for (const part of all("[data-part]", group)) {
        const on = Boolean(chosen) && part.dataset.part.split(" ").includes(chosen.value);
        part.hidden = !on;
        for (const field of all("input, select, textarea", part)) field.disabled = !on;
      }
    };
    for (const radio of radios) radio.addEventListener("change", show);
    window.addEventListener("pageshow", show);
    show();
  }

  // --- a form is sent once, however often its button is pressed
  const free = (form) => { delete form.dataset.sent; form.removeAttribute("aria-busy"); };
  document.addEventListener("submit", (event) => {
    const form = event.target;
    if (form.method !== "post" || event.defaultPrevented) return;
    if (form.dataset.sent) { event.preventDefault(); return; }
    form.dataset.sent = "1";
    form.setAttribute("aria-busy", "true");
    if ("gives" in form.dataset) setTimeout(() => free(form), 3000); // a file: the page stays
  });
  window.addEventListener("pageshow", () => { for (const form of all("form[data-sent]")) free(form); });

  // --- a select box that shows something else at once; without a script its button does
  for (const box of all("select[data-submits]")) box.addEventListener("change", () => box.form.requestSubmit());

  // --- a scope is narrowed only to units of its own kind
  for (const part of all("[data-grant]")) {
    const [scope, unit] = all("select", part);
    const show = () => {
      const kind = scope.selectedOptions[0].dataset.unit || "";
      for (const group of all("optgroup", unit)) group.hidden = group.disabled = group.dataset.unit !== kind;
      if (unit.selectedOptions[0].parentElement.disabled) unit.value = "";
      unit.closest(".field").classList.toggle("off", !kind);
    };
    scope.addEventListener("change", show);
    window.addEventListener("pageshow", show);
    show();
  }

  // --- the headers of a table that is not too wide stay in sight below the bar
  const wraps = all(".table-wrap");
  if (wraps.length) {
    const look = () => { for (const wrap of wraps) wrap.classList.toggle("fits", wrap.scrollWidth <= wrap.clientWidth); };
    new ResizeObserver(look).observe(document.getElementById("content"));
  }

  // --- what is shown once is ready to be copied
  for (const secret of all("[data-select]")) secret.addEventListener("focus", () => secret.select());

  for (const button of all("[data-print]")) button.addEventListener("click", () => window.print());
})();
