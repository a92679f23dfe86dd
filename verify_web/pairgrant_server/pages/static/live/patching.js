// Makes shown elements like fresh ones. What stays is the same element, with its focus and its selection.

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
