// What happened to an item is read where it is asked for; without a script the link leads to a page of its own.
"use strict";

for (const link of document.querySelectorAll("a[data-in-place]")) {
  let shown = null;
  link.setAttribute("aria-expanded", "false");
  link.addEventListener("click", async (event) => {
    if (event.ctrlKey || event.metaKey || event.shiftKey || event.button) return;
    event.preventDefault();
    if (!shown) {
      const address = new URL(link.href);
      address.searchParams.set("part", "1");
      const answer = await fetch(address, { redirect: "error" }).catch(() => null);
      if (!answer || !answer.ok) { location.assign(link.href); return; }
      shown = document.createElement("div");
      shown.className = "in-place";
      shown.innerHTML = await answer.text(); // our own page, escaped by its template
      shown.hidden = true;
      link.parentElement.append(shown);
    }
    shown.hidden = !shown.hidden;
    link.setAttribute("aria-expanded", String(!shown.hidden));
  });
}
