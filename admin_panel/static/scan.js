// Scan mode without leaving its page: scans wait in line and are sent one after the other; what no answer came to is
// sent again with the same mark, so that it acts once.
"use strict";

(() => {
  const form = document.querySelector("form[data-scan]");
  if (!form) return;
  const box = form.elements.box;
  const list = document.querySelector("[data-scans]");
  const said = document.querySelector("[data-scan-said]");
  const model = document.querySelector("template[data-scan-row]");
  const words = form.dataset;
  const SHOWN = 10;
  const IDLE = 600000;
  const waiting = [];
  let busy = false;
  let over = false;
  let idle = 0;
  let retry = null; // ends the pause before the next try

  const mark = () => Array.from(crypto.getRandomValues(new Uint8Array(16)), (byte) => byte.toString(16).padStart(2, "0")).join("");
  const told = (row, word, why = "") => {
    row.querySelector("[data-word]").textContent = word;
    row.querySelector("[data-why]").textContent = why;
  };
  const drawn = (html) => {
    const parsed = new DOMParser().parseFromString(html, "text/html").querySelector("li.scan");
    return parsed && document.importNode(parsed, true);
  };
  const trim = () => { while (list.children.length > SHOWN && !list.lastElementChild.hasAttribute("data-waits")) list.lastElementChild.remove(); };
  const still = () => {
    clearTimeout(idle);
    idle = setTimeout(() => { if (!over && !waiting.length) location.replace(words.home); }, IDLE);
  };

  const stop = (why) => {
    over = true;
    box.disabled = true;
    form.querySelector("button").disabled = true;
    document.querySelector("[data-scan-banner]").className = "scan-on off";
    document.querySelector("[data-scan-banner] p").textContent = why;
    said.textContent = why;
    for (const task of waiting.splice(0)) if (task.row) { task.row.removeAttribute("data-waits"); told(task.row, words.unsent); }
  };

  const pause = (milliseconds) => new Promise((done) => { retry = done; setTimeout(done, milliseconds); });
  window.addEventListener("online", () => { if (retry) retry(); });

  // The answer to one form, asked for again until there is one; null when there can be none.
  const answered = async (task) => {
    for (let tries = 0; !over; tries++) {
      try {
        const answer = await fetch(task.url, { method: "POST", body: task.body, redirect: "manual", credentials: "same-origin" });
        if (answer.type === "opaqueredirect" || answer.status === 401) return stop(words.signedOut);
        if (answer.status === 410) return stop(await answer.text());
        if (answer.status === 409) return stop(words.otherRole);
        if (answer.ok) return await answer.text();
        if (answer.status < 500 && answer.status !== 429) return stop(words.unsent);
      } catch { /* no network */ }
      if (task.row) told(task.row, words.unknown.split(/[::]/)[0], words.unknown);
      await pause(Math.min(30000, 1000 * 2 ** tries));
    }
    return null;
  };

  const work = async () => {
    if (busy) return;
    busy = true;
    while (waiting.length && !over) {
      const task = waiting[0];
      const html = await answered(task);
      if (over) break;
      waiting.shift();
      const line = html && drawn(html);
      if (line) {
        task.row.replaceWith(line);
        said.textContent = line.dataset.said;
        if (task.undoes && !line.querySelector("form")) line.classList.add("undone");
      } else task.row.remove();
      trim();
    }
    busy = false;
    still();
  };

  const send = (url, fields, row, more = {}) => {
    waiting.push({ url, body: new URLSearchParams({ ...fields, part: "1" }), row, ...more });
    work();
  };

  form.addEventListener("submit", (event) => {
    event.preventDefault();
    const text = box.value.trim();
    box.value = "";
    box.focus();
    if (!text || over) return;
    const row = model.content.firstElementChild.cloneNode(true);
    row.setAttribute("data-waits", "");
    row.querySelector("[data-what]").textContent = /^\d{17}[\dX]$/i.test(text) ? words.document : text;
    told(row, words.waiting);
    list.prepend(row);
    send(form.action, { csrf_token: form.elements.csrf_token.value, key: form.elements.key.value, scan: mark(), box: text }, row);
  });

  list.addEventListener("submit", (event) => {
    const undo = event.target.closest("[data-scan-undo]");
    if (!undo || over) return;
    event.preventDefault();
    undo.querySelector("button").disabled = true;
    box.focus();
    send(undo.action, Object.fromEntries(new FormData(undo)), undo.closest("li"), { undoes: true });
  });

  window.addEventListener("beforeunload", (event) => { if (waiting.length) event.preventDefault(); });
  window.addEventListener("pageshow", (event) => { if (event.persisted) location.replace(words.home); });
  still();
})();
