// Where updates come from: NiceGUI's socket, or requests for the live part of this page.

const PATIENCE = 4000; // ms until a missing socket is called missing
const GRACE = 1000; // ms that a page which comes back into view may be out of date without saying so
const LONGEST_FETCH = 10000;
const PACES = [[120, 3], [600, 6], [Infinity, 15]]; // up to so many seconds after the last change: every so many
const SLOWEST_RETRY = 60;

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
  if (isOver || isRefused || isLive) return;
  isLive = true;
  drop(); // its response would be older than what the socket brings
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

function drop() {
  asking?.abort();
  asking = null;
}

async function poll() {
  if (isOver || document.hidden || asking) return;
  clearTimeout(next);
  const request = (asking = new AbortController());
  const tooLong = setTimeout(() => request.abort(), LONGEST_FETCH);
  let after;
  try {
    const response = await fetch(location.href.split("#")[0], {
      headers: { "X-Pairgrant-Part": "1" },
      redirect: "manual",
      cache: "no-store",
      signal: request.signal,
    });
    if (response.type === "opaqueredirect") {
      end();
      location.reload(); // the server leads to another page
    }
    if (request !== asking) return;
    if (!response.ok) throw Object.assign(new Error("refused"), { after: response.headers.get("Retry-After") });
    const part = await response.json();
    if (request !== asking) return;
    failures = 0;
    show(part);
    after = pace();
    if (!isLive && !isOver) sayHow(after);
  } catch (error) {
    if (request !== asking) return;
    failures += 1;
    after = Math.max(Number(error.after) || 0, Math.min(3 * 2 ** (failures - 1), SLOWEST_RETRY));
    say(line.dataset.lost);
  } finally {
    clearTimeout(tooLong);
    if (request === asking) asking = null;
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
  drop();
  say("");
  socket?.disconnect();
}

// A page that was hidden asks at once, because a phone may have closed its socket without a word.
function comeBack() {
  if (document.hidden || isOver) return;
  drop();
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
