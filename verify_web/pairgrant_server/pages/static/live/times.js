// Times of a page: instants in the browser's time zone, and countdowns by seconds that the server gave.

// In the page's language, as the person's own region writes it.
const pageLanguage = document.documentElement.lang || "en";
const isOfPage = (own) => own.split("-")[0] === pageLanguage.split("-")[0];
const language = navigator.languages.find(isOfPage) ?? pageLanguage;
const TIMERS = "[role=timer][data-seconds], [data-seconds] [role=timer]";
const deadlines = new WeakMap(); // element with role=timer -> when it reaches zero, by performance.now()

// Instants are shown in the browser's time zone; the server's text names a zone of its own.
function localize(root) {
  for (const time of root.querySelectorAll("time[datetime*=T]")) {
    const instant = new Date(time.dateTime);
    if (isNaN(instant)) continue;
    const style = { dateStyle: "long", timeStyle: "short" };
    time.textContent = new Intl.DateTimeFormat(language, style).format(instant);
  }
}

function setDeadlines(root, now) {
  for (const timer of root.querySelectorAll(TIMERS)) {
    deadlines.set(timer, now + 1000 * Number(timer.closest("[data-seconds]").dataset.seconds));
  }
}

function countDown() {
  for (const timer of document.querySelectorAll(TIMERS)) {
    const left = Math.max(Math.floor((deadlines.get(timer) - performance.now()) / 1000), 0);
    const text = `${Math.floor(left / 60)}:${String(left % 60).padStart(2, "0")}`;
    if (timer.textContent === text) continue;
    timer.textContent = text;
    if (left === 0) poll();
  }
}
