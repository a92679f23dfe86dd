// Keeps a live page up to date: by NiceGUI's socket, and where that does not get through, by asking the page's
// own URL for its live part every few seconds. Both end in show(), which changes only what differs.

const PATIENCE = 4000; // ms until a missing socket is called missing
const GRACE = 1000; // ms that a page which comes back into view may be out of date without saying so
const LONGEST_FETCH = 10000;
const LONGEST_PRESS = 3000;
const PACES = [[120, 3], [600, 6], [Infinity, 15]]; // up to so many seconds after the last change: every so many
const SLOWEST_RETRY = 60;

// --- Times ------------------------------------------------------------------------------------------------------

const page = document.documentElement.lang;
// In the page's language, as the person's own region writes it.
const language = navigator.languages.find((own) => own.split("-")[0] === page.split("-")[0]) ?? (page || undefined);
const STYLES = { date: { dateStyle: "long" }, time: { timeStyle: "short" } };
const deadlines = new WeakMap(); // element with role=timer -> when it reaches zero, by performance.now()

// Instants are shown in the browser's time zone; the server's text names a zone of its own.
function localize(root) {
  for (const time of root.querySelectorAll("time[datetime*=T]")) {
    const instant = new Date(time.dateTime);
    if (isNaN(instant)) continue;
    const style = STYLES[time.dataset.shows] ?? { dateStyle: "long", timeStyle: "short" };
    time.textContent = new Intl.DateTimeFormat(language, style).format(instant);
  }
}

function setDeadlines(root, now) {
  for (const timer of root.querySelectorAll("[data-seconds] [role=timer]")) {
    deadlines.set(timer, now + 1000 * Number(timer.closest("[data-seconds]").dataset.seconds));
  }
}

function countDown() {
  for (const timer of document.querySelectorAll("[data-seconds] [role=timer]")) {
    const left = Math.max(Math.floor((deadlines.get(timer) - performance.now()) / 1000), 0);
    const text = `${Math.floor(left / 60)}:${String(left % 60).padStart(2, "0")}`;
    if (timer.textContent === text) continue;
    timer.textContent = text;
    if (left === 0) poll();
  }
}

// --- Patching ---------------------------------------------------------------------------------------------------

// Two nodes are the same one if this is equal. A button never becomes another one below a finger.
function identity(node) {
  if (node.nodeType !== Node.ELEMENT_NODE) return node.nodeName;
  if (node.id) return `${node.nodeName}#${node.id}`;
  const names = ["action", "href", "type", "name", ...(node.nodeName === "BUTTON" ? ["value"] : [])];
  return [node.nodeName, ...names.map((name) => node.getAttribute(name))].join("|");
}

function patch(old, fresh) {
  if (old.isEqualNode(fresh)) return;
  if (old.nodeType !== Node.ELEMENT_NODE) {
    old.data = fresh.data;
    return;
  }
  for (const { name, value } of fresh.attributes) {
    if (old.getAttribute(name) !== value) old.setAttribute(name, value);
  }
  for (const { name } of [...old.attributes]) {
    const isPersons = name === "tabindex" || (name === "open" && old.nodeName === "DETAILS");
    if (!fresh.hasAttribute(name) && !isPersons) old.removeAttribute(name);
  }
  patchChildren(old, fresh);
}

function patchChildren(old, fresh) {
  const free = new Map();
  for (const child of old.childNodes) {
    const known = identity(child);
    free.set(known, [...(free.get(known) ?? []), child]);
  }
  const wanted = [...fresh.childNodes].map((child) => {
    const kept = free.get(identity(child))?.shift();
    if (kept === undefined) return document.importNode(child, true);
    patch(kept, child);
    return kept;
  });
  for (const children of free.values()) for (const child of children) child.remove();
  // What has the focus or a selection would lose it by being moved: the others are moved around it.
  const still = wanted.findIndex(isInUse);
  let next = old.firstChild;
  wanted.forEach((child, index) => {
    if (child === next || index === still) next = child.nextSibling;
    else old.insertBefore(child, next);
  });
}

function isInUse(node) {
  if (!node.isConnected) return false;
  const selection = getSelection();
  return node.contains(document.activeElement) || (!selection.isCollapsed && node.contains(selection.anchorNode));
}

// Where the focus goes if its element is removed: the heading of the block that follows, or of one around it.
function refocusing() {
  const focused = document.activeElement;
  const around = [];
  for (let node = focused; node && node !== document.body; node = node.parentElement) {
    const siblings = node.parentElement ? [...node.parentElement.children] : [];
    const place = siblings.indexOf(node);
    around.push(...siblings.slice(place + 1), ...siblings.slice(0, place).reverse(), node.parentElement);
  }
  return () => {
    if (focused.isConnected) return;
    const kept = around.filter((node) => node?.isConnected && node !== document.body);
    const headings = kept.map((node) => (/^H[1-6]$/.test(node.nodeName) ? node : node.querySelector("h1,h2,h3")));
    const heading = headings.find((found) => found) ?? document.querySelector("h1");
    heading?.setAttribute("tabindex", "-1");
    heading?.focus({ preventScroll: true });
  };
}

// --- Showing ----------------------------------------------------------------------------------------------------

function paragraph(text) {
  const made = document.createElement("p");
  made.textContent = text;
  return made;
}

const announcer = document.getElementById("announcer");

// The texts that are announced when they are new: data-announces of a block is a selector of what is in it.
function spoken() {
  const blocks = [...document.querySelectorAll("[data-announces]")];
  const said = blocks.flatMap((block) => [...block.querySelectorAll(block.dataset.announces)]);
  return said.map((node) => node.textContent.trim());
}

let changedAt = performance.now();
let pressed = false;
let held = null;

// part.html consists of blocks, each with an id that the page has.
function show(part) {
  if (pressed) {
    held = part; // a tap is lost if what it began on moves away before it ends
    return;
  }
  const before = new Set(spoken());
  const refocus = refocusing();
  const holder = document.createElement("template");
  holder.innerHTML = part.html;
  localize(holder.content);
  for (const block of holder.content.children) {
    const shown = document.getElementById(block.id);
    if (shown === null || shown.isEqualNode(block)) continue;
    patch(shown, block);
    setDeadlines(shown, performance.now());
  }
  refocus();
  if (document.title !== part.title) document.title = part.title;
  const news = spoken().filter((text) => text && !before.has(text));
  if (news.length) {
    changedAt = performance.now();
    announcer.replaceChildren(...news.map(paragraph));
  }
  if (part.is_last) end();
}

function press() {
  pressed = true;
  setTimeout(release, LONGEST_PRESS);
}

function release() {
  setTimeout(() => {
    pressed = false;
    const part = held;
    held = null;
    if (part) show(part);
  });
}

// --- Socket or polling ------------------------------------------------------------------------------------------

const line = document.getElementById("connection");
const MEMORY = "pairgrant-polls"; // that sockets did not get through on the page before
let socket = null;
let isRefused = false; // the server does not have this page any more
let isLive = false;
let isOver = false;
let missingSince = performance.now();
let failures = 0;
let next = 0;
let ticking = 0;
let asking = null;

function say(text) {
  if (line.textContent !== text) line.replaceChildren(...(text ? [paragraph(text)] : []));
}

// polls: true or false is remembered; without it, what is remembered. Blocked storage remembers nothing.
function memory(polls) {
  try {
    if (polls !== undefined) sessionStorage.setItem(MEMORY, polls ? "1" : "");
    return Boolean(sessionStorage.getItem(MEMORY));
  } catch {
    return false;
  }
}

function live() {
  if (isOver || isRefused) return;
  isLive = true;
  failures = 0;
  clearTimeout(next);
  stopTicking();
  memory(false);
  say("");
}

function missing(after) {
  if (isOver) return;
  if (isLive) missingSince = performance.now();
  isLive = false;
  ticking ||= setInterval(countDown, 250);
  schedule(after);
}

function stopTicking() {
  clearInterval(ticking);
  ticking = 0;
}

function schedule(after) {
  clearTimeout(next);
  if (!isOver && !isLive) next = setTimeout(poll, after);
}

function pace() {
  const quiet = (performance.now() - changedAt) / 1000;
  return PACES.find(([until]) => quiet < until)[1];
}

async function poll() {
  if (isOver || document.hidden || asking) return;
  clearTimeout(next);
  asking = new AbortController();
  const tooLong = setTimeout(() => asking?.abort(), LONGEST_FETCH);
  let after;
  try {
    const response = await fetch(location.href.split("#")[0], {
      headers: { "X-Pairgrant-Part": "1" },
      redirect: "manual",
      cache: "no-store",
      signal: asking.signal,
    });
    if (response.type === "opaqueredirect") {
      end();
      location.reload(); // the server leads to another page
      return;
    }
    if (!response.ok) throw Object.assign(new Error("refused"), { after: response.headers.get("Retry-After") });
    const part = await response.json();
    failures = 0;
    show(part);
    after = pace();
    if (!isLive && !isOver) sayHow(after);
  } catch (error) {
    failures += 1;
    after = Math.max(Number(error.after) || 0, Math.min(3 * 2 ** (failures - 1), SLOWEST_RETRY));
    if (!isOver) say(line.dataset.lost);
  } finally {
    clearTimeout(tooLong);
    asking = null;
  }
  schedule(1000 * after);
}

function sayHow(seconds) {
  const isMissing = !isRefused && !socket?.connected && performance.now() - missingSince >= PATIENCE;
  if (isMissing) memory(true);
  say(isMissing ? line.dataset.polls.replace("{seconds}", seconds) : "");
}

function end() {
  isOver = true;
  clearTimeout(next);
  stopTicking();
  asking?.abort();
  say("");
  socket?.disconnect();
}

// A page that was hidden asks at once, because a phone may have closed its socket without a word.
function comeBack() {
  if (document.hidden || isOver) return;
  missing(0);
  setTimeout(() => asking && say(line.dataset.lost), GRACE);
}

// nicegui.js reloads the page when a handshake fails or takes long, and shows a popup of its own.
export function follow(niceGuiSocket) {
  socket = niceGuiSocket;
  for (const event of ["connect_error", "disconnect", "try_reconnect"]) socket.off(event);
  const refuse = () => {
    isRefused = true;
    socket.disconnect();
    missing(0);
  };
  socket.on("connect", live);
  socket.onAny(live);
  socket.io.on("ping", live);
  socket.io.reconnectionDelayMax(30000);
  socket.on("try_reconnect", refuse);
  socket.on("connect_error", (error) => {
    if (error.message === "Implicit handshake failed") refuse();
    else if (!ticking) missing(0);
  });
  socket.on("disconnect", () => missing(500));
  if (isOver) socket.disconnect();
}

localize(document);
setDeadlines(document, performance.getEntriesByType("navigation")[0]?.responseStart ?? 0);
document.addEventListener("pairgrant:part", (event) => show(event.detail));
addEventListener("pointerdown", press, true);
for (const event of ["pointerup", "pointercancel", "blur"]) addEventListener(event, release, true);
document.addEventListener("visibilitychange", comeBack);
document.addEventListener("resume", comeBack);
addEventListener("pageshow", (event) => event.persisted && comeBack());
addEventListener("online", () => !isLive && poll());
addEventListener("pagehide", () => clearTimeout(next));
if (line.dataset.socket === "none" || memory()) missingSince = -Infinity;
setTimeout(() => isLive || missing(0), missingSince < 0 ? 0 : PATIENCE);
