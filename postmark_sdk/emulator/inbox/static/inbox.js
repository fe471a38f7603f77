// Pages are complete without this. It asks for the page again when something changed and exchanges
// the parts marked data-live, filters while one types, and moves through lists with the arrow keys.
"use strict";

document.documentElement.classList.add("js");

const PAUSE_MS = 400;
const PAUSE_FACTOR = 4; // A page that is slow to make is asked for less often.
const TYPING_MS = 250;
const RETRY_MS = 2000;

const lamp = document.getElementById("live");
const lampText = document.getElementById("live-text");
const parts = new Map();

let shown = document.body.dataset.revision;
let refreshing = false;
let wanted = false;
let pressed = false;
let opened = 0;
let source = null;
let retry = 0;

function say(state, text) {
  lamp.dataset.state = state;
  lampText.textContent = text;
}

function exchange(old, fresh) {
  const html = fresh.innerHTML;
  const known = parts.get(old.dataset.live);
  parts.set(old.dataset.live, html);
  if (known === html) return;
  const focused = old.contains(document.activeElement) ? document.activeElement.id : "";
  const open = [...old.querySelectorAll("details[id]")].map((each) => [each.id, each.open]);
  const before = new Set([...old.querySelectorAll("a.row")].map((each) => each.id));
  old.replaceChildren(...fresh.childNodes);
  for (const [id, state] of open) {
    const details = document.getElementById(id);
    if (details) details.open = state;
  }
  for (const row of old.querySelectorAll("a.row")) {
    if (before.size && !before.has(row.id)) row.parentElement.classList.add("new");
  }
  if (focused) (document.getElementById(focused) || document.getElementById("main")).focus({ preventScroll: true });
}

function announce(page) {
  const old = document.querySelector("[data-count]");
  const fresh = page.querySelector("[data-count]");
  if (!old || !fresh) return;
  const more = Number(fresh.dataset.count) - Number(old.dataset.count);
  old.dataset.count = fresh.dataset.count;
  if (more > 0) document.getElementById("announce").textContent = `${more} new`;
}

async function load(address, options) {
  const answer = await fetch(address, { credentials: "same-origin", cache: "no-store", ...options });
  if (answer.status >= 500) throw new Error(answer.statusText);
  return new DOMParser().parseFromString(await answer.text(), "text/html");
}

async function refresh() {
  if (refreshing) {
    wanted = true;
    return;
  }
  refreshing = true;
  wanted = false;
  const began = performance.now();
  try {
    const address = location.href;
    const page = await load(address);
    if (address !== location.href || pressed) {
      wanted = true; // What is pressed has to stay until it is let go, or the click is lost.
    } else {
      shown = page.body.dataset.revision;
      announce(page);
      for (const old of document.querySelectorAll("[data-live]")) {
        const fresh = page.querySelector(`[data-live="${old.dataset.live}"]`);
        if (fresh) exchange(old, fresh);
      }
      lamp.removeAttribute("data-fresh");
      void lamp.offsetWidth;
      lamp.setAttribute("data-fresh", "");
    }
    if (source?.readyState === EventSource.OPEN) say("on", "Live");
  } catch {
    say("off", "Not reachable");
    // Who is cut off asks again when the connection is back; who is not would never hear of this change again.
    if (source?.readyState === EventSource.OPEN) wanted = true;
  }
  setTimeout(() => {
    refreshing = false;
    if (wanted) refresh();
  }, Math.max(PAUSE_MS, PAUSE_FACTOR * (performance.now() - began)));
}

function listen() {
  clearTimeout(retry);
  source?.close();
  source = new EventSource(document.body.dataset.events);
  source.addEventListener("open", () => {
    say("on", "Live");
    opened += 1;
    if (opened > 1) refresh();
  });
  source.addEventListener("change", (event) => {
    if (event.data !== shown) refresh();
  });
  source.addEventListener("error", () => {
    say("off", "Reconnecting…");
    if (source.readyState === EventSource.CLOSED) retry = setTimeout(listen, RETRY_MS);
  });
}

// A browser opens six connections to one host: tabs nobody looks at give theirs back.
document.addEventListener("visibilitychange", () => {
  if (!document.hidden) {
    listen();
  } else {
    clearTimeout(retry);
    source?.close();
  }
});

document.addEventListener("pointerdown", () => {
  pressed = true;
});
for (const name of ["pointerup", "pointercancel", "contextmenu"]) {
  // The click comes after the pointer went up.
  document.addEventListener(name, () => setTimeout(() => {
    pressed = false;
  }));
}

function later(work, milliseconds) {
  let timer = 0;
  return () => {
    clearTimeout(timer);
    timer = setTimeout(work, milliseconds);
  };
}

function addressOf(form, path) {
  const query = new URLSearchParams();
  for (const [name, value] of new FormData(form)) if (value) query.append(name, value);
  const here = new URL(location.href);
  for (const name of ["view", "webhook", "days"]) {
    if (here.searchParams.has(name) && !query.has(name)) query.set(name, here.searchParams.get(name));
  }
  const text = query.toString();
  return text ? `${path}?${text}` : path;
}

for (const form of document.querySelectorAll("form[data-filter]")) {
  const apply = () => {
    history.replaceState(null, "", addressOf(form, location.pathname));
    refresh();
  };
  form.addEventListener("input", later(apply, TYPING_MS));
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    apply();
  });
}

for (const form of document.querySelectorAll("form[data-auto]")) {
  form.addEventListener("change", (event) => {
    if (event.target.matches("select")) form.requestSubmit();
  });
}

for (const form of document.querySelectorAll("form[data-preview]")) {
  let turn = 0;
  const render = async () => {
    turn += 1;
    const mine = turn;
    const body = new URLSearchParams(new FormData(form));
    const page = await load(location.href, { method: "POST", body });
    if (mine === turn) renew(page.getElementById("preview"));
  };
  form.addEventListener("input", later(() => render().catch(() => say("off", "Not reachable")), TYPING_MS));
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    render().catch(() => say("off", "Not reachable"));
  });
}

function renew(fresh) {
  const old = document.getElementById("preview");
  if (!fresh) return;
  const frame = old.querySelector("iframe");
  const next = fresh.querySelector("iframe");
  if (frame && next && frame.getAttribute("src") === next.getAttribute("src")) {
    // Moving a frame reloads it, so everything around it moves instead.
    const before = [];
    const after = [];
    for (const node of [...fresh.childNodes]) {
      if (node === next) continue;
      (next.compareDocumentPosition(node) & Node.DOCUMENT_POSITION_FOLLOWING ? after : before).push(node);
    }
    for (const node of [...old.childNodes]) if (node !== frame) node.remove();
    frame.before(...before);
    frame.after(...after);
  } else {
    old.replaceChildren(...fresh.childNodes);
  }
}

document.addEventListener("keydown", (event) => {
  if (event.key === "Escape") {
    const open = event.target.closest?.("details[open]");
    if (open?.matches(".pop, .menu")) {
      open.open = false;
      open.querySelector("summary").focus();
    }
    return;
  }
  const row = event.target.closest?.("[data-rows] a.row");
  if (!row || event.ctrlKey || event.metaKey || event.altKey) return;
  const rows = [...document.querySelectorAll("[data-rows] a.row")];
  const to = { ArrowDown: rows.indexOf(row) + 1, ArrowUp: rows.indexOf(row) - 1, Home: 0, End: rows.length - 1 }[event.key];
  if (to === undefined || !rows[to]) return;
  event.preventDefault();
  rows[to].focus();
});

document.addEventListener("click", (event) => {
  for (const open of document.querySelectorAll("details.pop[open], details.menu[open]")) {
    if (!open.contains(event.target)) open.open = false;
  }
});

for (const each of document.querySelectorAll("[data-live]")) parts.set(each.dataset.live, each.innerHTML);
document.querySelector(".row[aria-current]")?.scrollIntoView({ block: "nearest" });
if (!document.hidden) listen();
