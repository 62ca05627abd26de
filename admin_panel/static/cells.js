// A cell of a list is edited where it stands: double click, or the pencil. Without this script the pencil leads to a form.
"use strict";

(() => {
  const table = document.querySelector("table.list");
  if (!table) return;
  const columns = new Map();
  for (const link of table.querySelectorAll("th [data-edit-column]")) {
    columns.set(link.closest("th").cellIndex, link.dataset.editColumn);
  }
  if (!columns.size) return;

  const addressOf = (cell) => {
    const link = cell.querySelector("[data-edit-cell]");
    if (link) return link.dataset.editCell;
    const details = cell.parentElement.querySelector("a[href*='details/?id=']");
    const id = details && new URL(details.href).searchParams.get("id");
    return id && new URL(`cell?id=${encodeURIComponent(id)}&only=${columns.get(cell.cellIndex)}`, details.href.replace("details/", "")).href;
  };

  const fetched = async (address, options) => {
    const answer = await fetch(address, { credentials: "same-origin", ...options }).catch(() => null);
    if (!answer || answer.headers.get("X-Fragment") !== "cell") return null;
    return { ok: answer.ok, text: await answer.text() };
  };

  // The table may stand in the form that ticks rows, and a form holds no form: the fields name one beside the page.
  let made = 0;
  const build = (text) => {
    const source = new DOMParser().parseFromString(text, "text/html").querySelector("form.cell-form");
    const form = document.createElement("form");
    form.id = `cell-form-${made += 1}`;
    form.method = "post";
    form.action = source.getAttribute("action");
    const box = document.createElement("div");
    box.className = "cell-form";
    box.append(...source.childNodes);
    for (const field of box.querySelectorAll("input, select, button")) field.setAttribute("form", form.id);
    return { form, box };
  };

  const open = async (cell) => {
    if (cell.querySelector(".cell-form")) return;
    const address = addressOf(cell);
    const asked = address && await fetched(address);
    if (!asked || !asked.ok) { if (address) location.reload(); return; }
    const before = Array.from(cell.childNodes);
    const pencil = before.find((node) => node.matches && node.matches("[data-edit-cell]"));
    let form = null;
    const close = (nodes) => {
      form.remove();
      cell.classList.remove("editing");
      cell.replaceChildren(...nodes);
      const next = pencil || cell.querySelector("a");
      if (next) next.focus();
    };
    const show = (text) => {
      if (form) form.remove();
      const parts = build(text);
      form = parts.form;
      document.body.append(form);
      cell.replaceChildren(parts.box);
      cell.classList.add("editing");
      parts.box.querySelector("[data-cancel]").addEventListener("click", () => close(before));
      parts.box.addEventListener("keydown", (event) => {
        if (event.key !== "Escape") return;
        event.stopPropagation();
        close(before);
      });
      form.addEventListener("submit", send);
      const field = parts.box.querySelector("input:not([type=hidden]), select");
      field.focus();
      if (field.select) field.select();
    };
    const send = async (event) => {
      event.preventDefault();
      if (form.dataset.sent) return;
      form.dataset.sent = "1";
      const answer = await fetched(form.action, { method: "POST", body: new URLSearchParams(new FormData(form)) });
      if (!answer) { location.reload(); return; }
      if (!answer.ok) { show(answer.text); return; }
      const saved = new DOMParser().parseFromString(answer.text, "text/html").body;
      close([...saved.childNodes, ...(pencil ? [pencil] : [])]);
      cell.classList.add("saved");
    };
    show(asked.text);
  };

  const cellOf = (event) => {
    const cell = event.target.closest("td");
    return cell && table.contains(cell) && columns.has(cell.cellIndex) ? cell : null;
  };
  table.addEventListener("dblclick", (event) => {
    const cell = cellOf(event);
    if (cell && !event.target.closest(".cell-form")) { event.preventDefault(); open(cell); }
  });
  table.addEventListener("click", (event) => {
    const link = event.target.closest("[data-edit-cell]");
    if (link && !event.ctrlKey && !event.metaKey) { event.preventDefault(); open(link.closest("td")); }
  });
})();
