// Lists: the search box, rows by keyboard, and the forms of conditions and columns without loading the page anew.
// Nothing here decides anything: every form is read, checked and drawn by the server, as it is without this script.
"use strict";

(() => {
  const all = (selector, root = document) => Array.from(root.querySelectorAll(selector));
  const place = document.querySelector("[data-opened]");

  // --- a form in the page instead of a page of its own
  const piece = async (address, name) => {
    const answer = await fetch(address, { credentials: "same-origin" });
    const found = new DOMParser().parseFromString(await answer.text(), "text/html").querySelector(`[data-piece="${name}"]`);
    if (!answer.ok || !found) throw new Error("no such piece");
    return document.importNode(found, true);
  };

  const first = (root) => root && root.querySelector("input:not([type=hidden]), select, textarea, a, button:not([tabindex])");

  document.addEventListener("click", async (event) => {
    const link = event.target.closest("a[data-opens]");
    if (!link || !place || event.ctrlKey || event.metaKey || event.shiftKey) return;
    event.preventDefault();
    const name = link.dataset.opens;
    const open = place.querySelector(`[data-piece="${name}"]`);
    if (open) { open.remove(); link.focus(); return; }
    try {
      place.replaceChildren(await piece(link.href, name));
      first(place.querySelector("form")).focus();
      place.scrollIntoView({ block: "nearest" });
    } catch { window.location.assign(link.href); }
  });

  document.addEventListener("keydown", (event) => {
    if (event.key !== "Escape" || !place || !place.contains(event.target)) return;
    const name = place.querySelector("[data-piece]").dataset.piece;
    place.replaceChildren();
    const link = document.querySelector(`a[data-opens="${name}"]`);
    if (link) link.focus();
  });

  // --- a button of such a form: the same form as the server draws it after that
  const again = async (form, pressed) => {
    const asked = new URLSearchParams(new FormData(form));
    asked.set("do", pressed);
    const section = form.closest("[data-piece]");
    const before = all("[data-part-at]", section).length;
    const at = document.activeElement && document.activeElement.id;
    let drawn;
    try { drawn = await piece(`${form.action}?${asked}`, section.dataset.piece); } catch { form.submit(); return; }
    section.replaceWith(drawn);
    const parts = all("[data-part-at]", drawn);
    const added = pressed.startsWith("add") || pressed.startsWith("group");
    const inner = pressed.split(":")[1] || "0";
    const home = added && parts.length > before
      ? parts.filter((part) => part.parentElement.closest("[data-part-at], [data-piece]") === (drawn.querySelector(`[data-part-at="${inner}"]`) || drawn)).pop()
      : null;
    const moved = drawn.querySelector(`[data-part-at="${CSS.escape(inner)}"] button:not([disabled])`);
    (first(home) || (at && document.getElementById(at)) || moved || first(drawn.querySelector("form"))).focus();
  };

  document.addEventListener("click", (event) => {
    const button = event.target.closest("form[data-again] button[name=do]");
    if (!button || "leaves" in button.dataset) return;
    event.preventDefault();
    again(button.form, button.value);
  });

  document.addEventListener("change", (event) => {
    const form = event.target.form;
    if (!form || !("again" in form.dataset)) return;
    if ("shows" in event.target.dataset) again(form, "show");
    if (event.target.dataset.adds && event.target.value) again(form, event.target.dataset.adds);
  });

  // --- keyboard: "/" goes to the search box, arrows from row to row, Enter opens what is under the cursor
  const box = document.querySelector("form[data-search] input[type=search]");
  const rows = () => all("table.list td.main-cell a");
  const writing = (target) => target.closest("input:not([type=checkbox]), select, textarea, [contenteditable]");

  document.addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey || event.defaultPrevented) return;
    if (event.key === "/" && box && !writing(event.target)) {
      event.preventDefault();
      box.focus();
      box.select();
      return;
    }
    const links = rows();
    const here = links.findIndex((link) => link.closest("tr").contains(event.target));
    const fromBox = event.target === box && event.key === "ArrowDown";
    if (!links.length || (writing(event.target) && !fromBox)) return;
    if (event.key === "Enter" && event.target.matches("input[type=checkbox]")) event.preventDefault();
    if (event.key !== "ArrowDown" && event.key !== "ArrowUp") return;
    if (here < 0 && !fromBox && event.target !== document.body && event.target.id !== "content") return;
    event.preventDefault();
    if (here === 0 && event.key === "ArrowUp" && box) { box.focus(); return; }
    const next = here < 0 ? 0 : here + (event.key === "ArrowDown" ? 1 : -1);
    links[Math.min(Math.max(next, 0), links.length - 1)].focus();
  });

  // --- a document number is not even sent: an address is kept by histories and logs
  const DOCUMENT = /^\d{6}(?:19[3-9]\d|200\d|201[012])(?:0[1-9]|1[0-2])(?:0[1-9]|[12]\d|3[01])\d{3}[\dX]$/i;
  if (box) box.form.addEventListener("submit", (event) => {
    if (!DOCUMENT.test(box.value.normalize("NFKC").replace(/\s/g, ""))) return;
    event.preventDefault();
    box.value = "";
    const said = document.createElement("p");
    said.className = "wrong";
    said.setAttribute("role", "alert");
    said.textContent = box.form.dataset.search;
    all(".tools > .wrong").forEach((before) => before.remove());
    box.form.after(said);
    box.focus();
  });

  // --- the link to exactly this page
  for (const link of all("a[data-copies]")) {
    if (!navigator.clipboard) continue;
    link.addEventListener("click", async (event) => {
      event.preventDefault();
      await navigator.clipboard.writeText(link.href);
      link.setAttribute("role", "status");
      link.textContent = link.dataset.copies;
    });
  }
})();
