// Saved lists: the link to one goes to the clipboard instead of being opened.
"use strict";

(() => {
  document.addEventListener("click", async (event) => {
    const link = event.target.closest("a[data-copy]");
    if (!link || !navigator.clipboard || event.ctrlKey || event.metaKey || event.shiftKey) return;
    event.preventDefault();
    await navigator.clipboard.writeText(link.href);
    link.setAttribute("role", "status");
    link.textContent = link.dataset.copy;
  });
})();
