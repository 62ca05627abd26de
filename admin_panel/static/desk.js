// The student box of the desk and of scan mode: typing anywhere lands in it; a scanner's Tab is Enter; Enter only opens.
// With an empty box, Tab goes to what is to be done with the student who is open: Tab, Enter, next.
"use strict";

(() => {
  const box = document.querySelector("[data-desk-box]");
  if (!box) return;
  const scanning = box.hasAttribute("data-scan-box");
  const plain = (event) => event.key.length === 1 && !event.ctrlKey && !event.metaKey && !event.altKey;
  const free = () => {
    const at = document.activeElement;
    if (!at || at === document.body || at.id === "content") return true;
    return scanning && !at.matches("input, select, textarea"); // a scan while a button has the focus presses nothing
  };
  const take = () => { if (free()) box.focus(); };
  window.addEventListener("load", take);
  window.addEventListener("focus", take);
  if (!scanning) document.addEventListener("focusout", () => setTimeout(take, 0));
  document.addEventListener("keydown", (event) => { if (plain(event) && event.key !== " " && free()) box.focus(); });

  const act = document.querySelector(".at-hand .acts button[name=status]:not([disabled])");
  const told = act && act.form.querySelector("input[name=note]");
  const first = told && told.value ? told : act; // an earlier note is looked at before it is kept
  let last = 0;
  let quick = 0;
  box.addEventListener("keydown", (event) => {
    const gap = event.timeStamp - last;
    last = event.timeStamp;
    quick = gap < 40 ? quick + 1 : 0;
    if (event.key !== "Tab" || event.shiftKey) return;
    if (quick >= 5 && box.value.trim()) {
      event.preventDefault();
      box.form.requestSubmit();
    } else if (first && !box.value.trim()) {
      event.preventDefault();
      first.focus();
    }
  });
  box.addEventListener("focus", () => box.select());
})();
