// The page is whole without this. It adds a box with the values of the bar that
// the pointer is on, keeps "3 min ago" true, and makes the parts of the page anew
// when the books have changed.
"use strict";

const pollEvery = 10_000;
const tellEvery = 15_000;

// Values of the bar

const box = document.getElementById("hover");

function element(name, className, text) {
  const made = document.createElement(name);
  if (className) made.className = className;
  if (text !== undefined) made.textContent = text;
  return made;
}

function swatch(className) {
  const ns = "http://www.w3.org/2000/svg";
  const svg = document.createElementNS(ns, "svg");
  const rect = document.createElementNS(ns, "rect");
  for (const part of [svg, rect]) {
    part.setAttribute("width", "10");
    part.setAttribute("height", "10");
  }
  rect.setAttribute("rx", "3");
  rect.setAttribute("class", className);
  svg.append(rect);
  return svg;
}

function showBar(bar) {
  const list = element("dl");
  for (const line of JSON.parse(bar.dataset.values)) {
    const row = element("div");
    const name = element("dt", "", line.name);
    name.prepend(swatch(line.class));
    row.append(name, element("dd", "", line.value));
    list.append(row);
  }
  const total = element("div", "total");
  total.append(element("dt", "", "Total"), element("dd", "", bar.dataset.total));
  list.append(total);
  box.replaceChildren(element("p", "", bar.dataset.label), list);
  box.hidden = false;
}

// The box follows the pointer and stays on the screen. Its place is set through
// the object model, which the content policy allows.
function placeBox(x, y) {
  const { width, height } = box.getBoundingClientRect();
  const left = x + 16 + width > innerWidth - 8 ? x - 16 - width : x + 16;
  const top = Math.min(Math.max(8, y - height / 2), innerHeight - height - 8);
  box.style.transform = `translate(${Math.round(Math.max(8, left))}px, ${Math.round(top)}px)`;
}

function quietTitles(root) {
  for (const title of root.querySelectorAll(".bar > title")) title.remove();
}

document.addEventListener("pointermove", (event) => {
  const bar = event.target.closest?.(".bar");
  if (!bar) {
    box.hidden = true;
    return;
  }
  showBar(bar);
  placeBox(event.clientX, event.clientY);
});
document.addEventListener("pointerdown", (event) => {
  if (!event.target.closest?.(".bar")) box.hidden = true;
});
addEventListener("scroll", () => { box.hidden = true; }, { passive: true });

// Time

function count(n, one, many) {
  return n === 1 ? `1 ${one}` : `${n} ${many}`;
}

function ago(ms) {
  const minutes = Math.floor(ms / 60_000);
  if (minutes < 1) return "just now";
  if (minutes < 60) return `${minutes} min ago`;
  if (minutes < 48 * 60) return `${Math.floor(minutes / 60)} h ago`;
  return count(Math.floor(minutes / 1440), "day", "days") + " ago";
}

function left(ms) {
  const minutes = Math.floor(ms / 60_000);
  if (minutes < 1) return "less than a minute";
  if (minutes < 60) return `${minutes} min`;
  return `${Math.floor(minutes / 60)} h ${minutes % 60} min`;
}

function set(node, text) {
  if (node.textContent !== text) node.textContent = text;
}

function tellTime() {
  const now = Date.now() + ahead;
  for (const time of document.querySelectorAll("time[data-ago]")) set(time, ago(now - Date.parse(time.dateTime)));
  for (const time of document.querySelectorAll("time[data-until]")) set(time, left(Date.parse(time.dateTime) - now));
}

// The clock of the server counts, as far as its answers tell it.
let ahead = 0;

function hearClock(response) {
  const said = Date.parse(response.headers.get("Date"));
  if (!Number.isNaN(said) && Math.abs(said - Date.now()) > 60_000) ahead = said - Date.now();
}

// New parts in the place of old ones

function keep(old, made) {
  for (const details of made.querySelectorAll("details[id]")) {
    const was = old.querySelector(`#${CSS.escape(details.id)}`);
    if (was) details.open = was.open;
  }
}

function replacePart(old, made) {
  const focused = old.contains(document.activeElement) ? document.activeElement : null;
  const scrolled = [...old.querySelectorAll(".scroll[id]")].map((node) => [node.id, node.scrollLeft, node.scrollTop]);
  keep(old, made);
  old.replaceChildren(...made.childNodes);
  quietTitles(old);
  for (const [id, x, y] of scrolled) document.getElementById(id)?.scrollTo(x, y);
  if (!focused) return;
  const again = focused.id
    ? document.getElementById(focused.id)
    : [...old.querySelectorAll(focused.localName)].find((node) => node.getAttribute("href") === focused.getAttribute("href") && node.textContent === focused.textContent);
  again?.focus({ preventScroll: true });
}

// A part changed if its text did, but for what tellTime and quietTitles changed.
function essence(node) {
  const copy = node.cloneNode(true);
  quietTitles(copy);
  for (const time of copy.querySelectorAll("time[data-ago], time[data-until]")) time.textContent = "";
  for (const details of copy.querySelectorAll("details")) details.open = false;
  return copy.innerHTML;
}

async function renew() {
  const response = await fetch(location.href, { headers: { Accept: "text/html" } });
  if (!response.ok || response.redirected) return;
  const made = new DOMParser().parseFromString(await response.text(), "text/html");
  if (!made.body.dataset.state) return;
  const parts = [...document.querySelectorAll("[data-part]")];
  const calm = matchMedia("(prefers-reduced-motion: reduce)").matches;
  for (const old of parts) {
    const next = made.getElementById(old.id);
    if (!next) {
      old.replaceChildren();
      old.hidden = true;
    } else if (essence(old) !== essence(next)) {
      replacePart(old, next);
      if (!calm && old.animate) old.animate([{ opacity: 0.5 }, { opacity: 1 }], 300);
    }
  }
  document.body.dataset.state = made.body.dataset.state;
  tellTime();
}

let asking = false;

async function poll() {
  if (asking || document.hidden) return;
  asking = true;
  try {
    const response = await fetch("/state", { cache: "no-store" });
    if (response.status === 401 || response.status === 403) {
      location.reload();
      return;
    }
    if (!response.ok) return;
    hearClock(response);
    const { state } = await response.json();
    if (state !== document.body.dataset.state) await renew();
  } catch {
    // The server is away; what is shown stays, and its age goes on.
  } finally {
    asking = false;
  }
}

quietTitles(document);
setInterval(poll, pollEvery);
setInterval(tellTime, tellEvery);
document.addEventListener("visibilitychange", () => {
  if (document.hidden) return;
  tellTime();
  poll();
});
