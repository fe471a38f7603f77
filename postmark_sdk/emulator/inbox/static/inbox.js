// Pages are complete without this. It asks for the page again when something changed and exchanges
// the parts marked data-live, filters while one types, makes a list one stop of the Tab key with the
// arrow keys inside, and keeps the focus where it was.
"use strict";

document.documentElement.classList.add("js");

const PAUSE_MS = 400;
const PAUSE_FACTOR = 4; // A page that is slow to make is asked for less often.
const TYPING_MS = 250;
const RETRY_MS = 2000;
const NOTE_MS = 100;
const USABLE = "a[href], button, input, select, textarea, summary, [tabindex]";
const KEPT_FOCUS = "focus"; // The name under which the next page finds what was used here.

const lamp = document.getElementById("live");
const lampText = document.getElementById("live-text");
const parts = new Map();

let shown = document.body.dataset.revision;
let searched = location.href;
let refreshing = false;
let wanted = false;
let pressed = false;
let opened = 0;
let source = null;
let retry = 0;

function announce(text) {
  document.getElementById("announce").textContent = text;
}

function say(state, text) {
  if (lamp.dataset.state === state && lampText.textContent === text) return;
  // Whoever does not see the lamp hears of the connection when it breaks and when it is back.
  if (state === "off" || lamp.dataset.state === "off") announce(text);
  lamp.dataset.state = state;
  lampText.textContent = text;
}

// Finds what was used in a part again when its content was exchanged. What has no id is told from others of its kind by
// its place from the end, because lists grow at the top; of a list whose end was cut off the last row is left.
function placeOf(element, part) {
  const look = (each) => ["href", "name", "value", "aria-label"].map((name) => each.getAttribute(name)).join() + each.tagName;
  const alike = () => [...part.querySelectorAll(USABLE)].filter((each) => look(each) === looks).reverse();
  const looks = look(element);
  const index = alike().indexOf(element);
  return () => {
    if (!element.id) return alike()[index];
    return document.getElementById(element.id) || (element.matches("a.row") && [...part.querySelectorAll("a.row")].at(-1));
  };
}

// What is at the top of the window stays there when something comes before it.
function heldPlace(part) {
  const list = part.closest(".list");
  const scroller = list && list.scrollHeight > list.clientHeight ? list : document.scrollingElement;
  if (!scroller.scrollTop) return () => {};
  const top = Math.max(0, list?.querySelector(".list-top").getBoundingClientRect().bottom ?? 0);
  const first = [...part.querySelectorAll("[id]")].find((each) => each.getBoundingClientRect().bottom > top);
  const before = first?.getBoundingClientRect().top;
  return () => {
    const now = first && document.getElementById(first.id)?.getBoundingClientRect().top;
    if (now !== undefined) scroller.scrollTop += now - before;
  };
}

function exchange(old, fresh, news) {
  const html = fresh.innerHTML;
  const known = parts.get(old.dataset.live);
  parts.set(old.dataset.live, html);
  if (known === html) return;
  const focused = old.contains(document.activeElement) ? placeOf(document.activeElement, old) : null;
  const hold = news ? heldPlace(old) : () => old.closest(".list")?.scrollTo(0, 0);
  const open = [...old.querySelectorAll("details[id]")].map((each) => [each.id, each.open]);
  const before = new Set([...old.querySelectorAll("a.row")].map((each) => each.id));
  old.replaceChildren(...fresh.childNodes);
  for (const [id, state] of open) {
    const details = document.getElementById(id);
    if (details) details.open = state;
  }
  for (const row of old.querySelectorAll("a.row")) {
    if (news && before.size && !before.has(row.id)) row.parentElement.classList.add("new");
  }
  oneStop();
  hold();
  if (focused) (focused() || document.getElementById("main")).focus({ preventScroll: true });
}

function announceNews(page, news) {
  const old = document.querySelector("[data-count]");
  const fresh = page.querySelector("[data-count]");
  if (!old || !fresh) return;
  const more = Number(fresh.dataset.count) - Number(old.dataset.count);
  old.dataset.count = fresh.dataset.count;
  if (!news) announce(fresh.dataset.found || "");
  else if (more > 0) announce(`${more} new`);
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
      const news = address === searched; // Another search finds other messages, which are not new.
      searched = address;
      announceNews(page, news);
      for (const old of document.querySelectorAll("[data-live]")) {
        const fresh = page.querySelector(`[data-live="${old.dataset.live}"]`);
        if (fresh) exchange(old, fresh, news);
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

// One row of a list can be reached by Tab: the one in use, else the message that is shown, else the first.
function oneStop() {
  for (const rows of document.querySelectorAll("[data-rows]")) {
    const all = [...rows.querySelectorAll("a.row")];
    const stop = all.find((row) => row === document.activeElement) || all.find((row) => row.hasAttribute("aria-current")) || all[0];
    for (const row of all) row.tabIndex = row === stop ? 0 : -1;
  }
}

document.addEventListener("focusin", (event) => {
  if (event.target.matches("[data-rows] a.row")) oneStop();
});

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

// A page that was asked for with the keyboard begins where that was done.
for (const name of ["click", "submit"]) {
  document.addEventListener(name, (event) => {
    const used = name === "click" ? event.target.closest("a[id]") : event.submitter;
    const stays = event.defaultPrevented || event.ctrlKey || event.metaKey || event.shiftKey;
    if (!stays && used?.id && used.matches(":focus-visible")) sessionStorage.setItem(KEPT_FOCUS, used.id);
  });
}
const kept = sessionStorage.getItem(KEPT_FOCUS);
sessionStorage.removeItem(KEPT_FOCUS);
if (kept) document.getElementById(kept)?.focus({ preventScroll: true });

// What an action led to is heard only if it is written after the page is there.
const note = document.querySelector(".note");
if (note) setTimeout(() => note.append(note.lastChild), NOTE_MS);

for (const each of document.querySelectorAll("[data-live]")) parts.set(each.dataset.live, each.innerHTML);
oneStop();
document.querySelector(".row[aria-current]")?.scrollIntoView({ block: "nearest" });
if (!document.hidden) listen();
