// Counts that stay current: the API says over a WebSocket that they may have changed, the panel's own page draws them.
// Without a WebSocket they are fetched every half minute, and only while somebody can see them.
"use strict";

(() => {
  const part = document.querySelector("[data-live]");
  if (!part) return;
  const shown = part.querySelector("[data-live-part]");
  const state = part.querySelector("[data-live-state]");
  const TELL = "subscription Live($where: ItemFilter) { groupsChanged(where: $where) { items { id } } }";
  const EVERY = 30000;
  const APART = 1000;
  let ended = false;
  let socket = null;
  let told = false; // whether the socket tells of changes now
  let tries = 0;
  let asked = 0; // when the counts were last asked for
  let next = 0; // the timer of the next time
  let missed = false; // something changed while nobody looked

  const say = (mode) => {
    const words = part.dataset[{ on: "liveOn", off: "liveOff", out: "liveOut", other: "liveOther" }[mode]];
    if (state.dataset.mode === mode) return;
    state.dataset.mode = mode;
    state.hidden = false;
    state.textContent = words;
  };

  const end = (mode) => {
    ended = true;
    clearTimeout(next);
    say(mode);
    if (socket) socket.close(1000);
  };

  const swap = (html) => {
    if (shown.innerHTML.trim() === html.trim()) return;
    const at = shown.contains(document.activeElement) ? document.activeElement.getAttribute("href") : null;
    shown.innerHTML = html;
    if (at) for (const link of shown.querySelectorAll("a")) if (link.getAttribute("href") === at) link.focus();
  };

  const later = (milliseconds) => {
    if (ended || next) return;
    next = setTimeout(() => { next = 0; refresh(); }, milliseconds);
  };

  const refresh = async () => {
    if (ended) return;
    if (document.hidden) { missed = true; return; }
    missed = false;
    asked = Date.now();
    try {
      const answer = await fetch(part.dataset.live, { redirect: "manual", credentials: "same-origin", cache: "no-store" });
      if (answer.type === "opaqueredirect" || answer.status === 401) return end("out");
      if (answer.status === 409) return end("other");
      if (answer.status === 204) return later(1000 * Number(answer.headers.get("Retry-After") || 2) + 1000 * Math.random());
      if (answer.ok) swap(await answer.text());
    } catch { say("off"); } // no network: the next time comes by itself
  };

  const changed = () => later(Math.max(200, asked + APART - Date.now()));

  const connect = () => {
    if (ended || socket || document.hidden) return;
    const address = new URL("/graphql", location.href);
    address.protocol = location.protocol === "https:" ? "wss:" : "ws:";
    try { socket = new WebSocket(address, "graphql-transport-ws"); } catch { return lost(); }
    const mine = socket;
    const send = (message) => mine.send(JSON.stringify(message));
    mine.onopen = () => send({ type: "connection_init" });
    mine.onmessage = ({ data }) => {
      if (mine.readyState !== WebSocket.OPEN) return;
      const message = JSON.parse(data);
      if (message.type === "connection_ack") {
        const variables = { where: JSON.parse(part.dataset.liveWatched) };
        send({ id: "1", type: "subscribe", payload: { query: TELL, variables } });
        send({ type: "ping" }); // its pong tells that the subscription has begun
      } else if (message.type === "pong") {
        told = true;
        tries = 0;
        say("on");
        changed(); // what happened before it began
      } else if (message.type === "ping") send({ type: "pong" });
      else if (message.type === "next") changed();
      else if (message.type === "error" || message.type === "complete") {
        tries = 6; // it will hardly be allowed in a moment
        mine.close(1000);
      }
    };
    mine.onclose = lost;
  };

  const lost = () => {
    socket = null;
    told = false;
    if (ended) return;
    say("off");
    if (tries === 0) changed(); // signed out, or only the connection gone? the counts' own address knows
    setTimeout(connect, Math.min(60000, 1000 * 2 ** tries++) * (1 + Math.random()));
  };

  setInterval(() => { if (!told) later(0); }, EVERY);
  document.addEventListener("visibilitychange", () => {
    if (document.hidden) return;
    if (!socket) connect();
    if (missed || !told) later(0);
  });
  window.addEventListener("pageshow", (event) => { if (event.persisted) later(0); });
  window.addEventListener("pagehide", () => { if (told) socket.close(1000); });
  connect();
})();
