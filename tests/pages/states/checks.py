"""What is held about each state; each check returns its complaints, so that one page load serves them all."""

from functools import cache
from importlib.resources import files
from typing import Any

from playwright.async_api import Page

from tests.pages.chromium import DESKTOP, PHONE
from tests.pages.states.stage import Shown

SMALLEST = (320, 640)
TARGET = 48
"""CSS pixels, of a button or field."""

_OVERFLOW = """() => {
  const page = document.documentElement, found = [];
  if (page.scrollWidth > page.clientWidth) found.push(`page: ${page.scrollWidth} px`);
  const shown = element => element.checkVisibility({visibilityProperty: true});
  for (const element of document.querySelectorAll("body *")) {
    const {left, right, width} = element.getBoundingClientRect();
    const isOutside = width > 1 && (right > page.clientWidth + 1 || left < -1);
    const isTooLong = (element.value || "").length > 14;
    const isCut = !isTooLong && element.clientWidth > 1 && element.scrollWidth > element.clientWidth + 1
      && getComputedStyle(element).overflowX !== "visible";
    if (shown(element) && !element.closest(".skip, [aria-hidden=true]") && (isOutside || isCut))
      found.push(`${element.tagName} "${(element.value || element.textContent).trim().slice(0, 40)}"`);
  }
  return found;
}"""

"""A field that is wide enough for the longest code may scroll what is longer."""

_SMALL = """smallest => {
  const found = [];
  const isShown = element => element.checkVisibility({visibilityProperty: true});
  for (const element of document.querySelectorAll("button, input, select, textarea, summary, a[href]")) {
    if (element.type === "hidden" || !isShown(element) || element.closest(".skip")) continue;
    const inline = getComputedStyle(element).display === "inline";
    const sentence = element.parentElement.textContent.trim() !== element.textContent.trim();
    if (inline && sentence) continue;
    const target = /checkbox|radio/.test(element.type) ? element.closest("label") || element : element;
    const {width, height} = target.getBoundingClientRect();
    if (width < smallest - 0.5 || height < smallest - 0.5)
      found.push(`${element.tagName} "${(element.textContent || element.name).trim().slice(0, 40)}"`
        + ` ${Math.round(width)}x${Math.round(height)}`);
  }
  return found;
}"""
"""Links in a sentence are exempt (WCAG 2.5.8); a box belongs to its label."""

_STRUCTURE = """() => {
  const found = [];
  const count = (what, selector) => {
    const number = document.querySelectorAll(selector).length;
    if (number !== 1) found.push(`${number} x ${what}`);
  };
  count("h1", "h1");
  count("main", "main");
  if (!document.documentElement.lang) found.push("no language");
  const [title, site] = document.title.split(" · ");
  if (!site || !title || title === site) found.push(`title "${document.title}"`);
  return found;
}"""

_TEXT = """html => {
  const sent = new DOMParser().parseFromString(html, "text/html");
  const lines = part => {
    for (const script of part.querySelectorAll("script, style")) script.remove();
    return part.textContent.split(/\\s*\\n\\s*/).map(line => line.trim()).filter(line => line);
  };
  const shown = document.cloneNode(true);
  for (const own of [sent, shown]) for (const noscript of own.querySelectorAll("noscript")) noscript.remove();
  const said = new Set(lines(sent.querySelector("main")));
  return lines(shown.querySelector("main")).filter(line => !said.has(line));
}"""

_UNTRANSLATED = """data => {
  const isData = new RegExp(data, "g");
  const found = [], seen = new Set([document.title]);
  const texts = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  while (texts.nextNode()) {
    const {parentElement: element, data: text} = texts.currentNode;
    if (!element.closest("script, noscript, bdi, [lang]:not(html), [data-as-is]")) seen.add(text);
  }
  for (const name of ["aria-label", "title", "placeholder", "alt"])
    for (const element of document.querySelectorAll(`body [${name}]`)) seen.add(element.getAttribute(name));
  for (let text of seen) {
    if (/[A-Za-z]{3}/.test(text.replace(isData, ""))) found.push(text.trim().slice(0, 100));
  }
  return found;
}"""


@cache
def _axe() -> str:
    return (files("axe_playwright_python") / "axe.min.js").read_text()


async def axe(page: Page, *rules: str) -> list[str]:
    """What axe objects to; by ``rules`` alone, if any are given."""
    if not await page.evaluate("() => 'axe' in window"):
        await page.evaluate(_axe())
    options: dict[str, Any] = {"resultTypes": ["violations"]}
    if rules:
        options["runOnly"] = {"type": "rule", "values": rules}
    found = await page.evaluate("options => axe.run(document, options)", options)
    return [
        f"{violation['id']}: {node['html'][:100]} ({node['failureSummary'].splitlines()[-1].strip()})"
        for violation in found["violations"]
        for node in violation["nodes"]
    ]


async def overflows(page: Page, size: tuple[int, int], *, text: int = 100) -> list[str]:
    """What is wider than the window or cut off, with text at ``text`` per cent."""
    await page.set_viewport_size({"width": size[0], "height": size[1]})
    await page.evaluate("text => { document.documentElement.style.fontSize = text }", f"{text}%")
    found: list[str] = await page.evaluate(_OVERFLOW)
    await page.evaluate("() => { document.documentElement.style.fontSize = '' }")
    return [f"{size[0]}x{size[1]} at {text} %: {what}" for what in found]


async def small_targets(page: Page) -> list[str]:
    return [f"small: {what}" for what in await page.evaluate(_SMALL, TARGET)]


async def structure(page: Page) -> list[str]:
    found: list[str] = await page.evaluate(_STRUCTURE)
    return found


async def text_that_needs_scripts(shown: Shown) -> list[str]:
    """What stands on the page and not in the document as it was sent."""
    found: list[str] = await shown.page.evaluate(_TEXT, shown.html)
    return [f"only with scripts: {line}" for line in found]


async def complaints(shown: Shown) -> list[str]:
    """All of it, in both themes and in forced colours."""
    page = shown.page
    found = await structure(page) + await text_that_needs_scripts(shown)
    found += await axe(page)
    await page.emulate_media(color_scheme="dark")
    found += [f"dark: {what}" for what in await axe(page, "color-contrast")]
    await page.emulate_media(color_scheme="light", forced_colors="active")
    found += [f"forced colours: {what}" for what in await axe(page, "color-contrast")]
    await page.emulate_media(color_scheme="light", forced_colors="none")
    found += await small_targets(page)
    for size, text in ((SMALLEST, 200), (SMALLEST, 100), (PHONE, 100), (DESKTOP, 100)):
        found += await overflows(page, size, text=text)
        if size == DESKTOP:
            found += await small_targets(page)
    return found + shown.complaints


async def untranslated(page: Page, data: str) -> list[str]:
    """The texts in Latin letters on a page in the pseudo-language; ``data`` matches names and codes."""
    found: list[str] = await page.evaluate(_UNTRANSLATED, data)
    return [f"not translated: {text}" for text in found]
