// Shows an update of the live part, and announces what is new in it.

const LONGEST_PRESS = 3000; // ms

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
let longest = 0;

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
  clearTimeout(longest); // that of the press before
  longest = setTimeout(release, LONGEST_PRESS);
}

function release() {
  setTimeout(() => {
    pressed = false;
    const part = held;
    held = null;
    if (part) show(part);
  });
}
