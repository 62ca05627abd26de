// How far an operation is: asked every half second, and the page anew when it has ended. Without this script the page
// reloads itself.
"use strict";

(() => {
  const card = document.querySelector("[data-under-way]");
  if (!card) return;
  const bar = card.querySelector("progress");
  const percent = card.querySelector("[data-percent]");
  const trouble = card.querySelector("[data-trouble]");
  let waiting = 40; // looks at an act that has not begun: then it is a check again, which the page itself shows
  const again = () => {
    const address = new URL(location.href);
    address.searchParams.delete("submitted");
    location.replace(address);
  };
  const ask = async () => {
    try {
      const answer = await fetch(card.dataset.underWay, { headers: { Accept: "application/json" } });
      if (!answer.ok || answer.redirected) { location.reload(); return; }
      const found = await answer.json();
      if (found.state === "PREVIEWED" ? --waiting < 0 : found.state !== "RUNNING") { again(); return; }
      bar.value = found.percent;
      percent.textContent = `${found.percent}%`;
      trouble.hidden = true;
    } catch {
      trouble.textContent = card.dataset.lost;
      trouble.hidden = false;
    }
    setTimeout(ask, 500);
  };
  setTimeout(ask, 300);
})();
