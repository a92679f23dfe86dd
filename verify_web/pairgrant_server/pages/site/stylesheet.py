"""The stylesheet of the site: its files as one, its colours by theme, and an operator's accent in them."""

import re
from pathlib import Path

from pairgrant_protocol.colour import TEXT, contrast, mixed, readable

_FOLDER = Path(__file__).parents[1] / "static" / "css"

FILES = ("tokens", "base", "layout", "forms", "parts", "consent", "lists", "modes")
"""In this order; a later file refines an earlier one."""

THEMES = {
    "light": "",
    "dark": "(prefers-color-scheme: dark)",
    "light, more contrast": "(prefers-contrast: more)",
    "dark, more contrast": "(prefers-contrast: more) and (prefers-color-scheme: dark)",
}
"""Each theme of ``tokens.css`` with its media query; later ones refine the earlier ones that match too."""

HIGH_CONTRAST = 7.0
"""Least contrast of text where a person asked for more (WCAG 2.2, 1.4.6)."""

_BLOCK = re.compile(r"(?:@media ([^{]+?) *\{\s*)?:root \{([^}]*)\}")
_COLOUR = re.compile(r"--([a-z-]+): (#[0-9a-f]{3,8});")
_COMMENT = re.compile(r"/\*.*?\*/\s*", re.DOTALL)

Colours = dict[str, str]
"""Colour tokens (``card``, ``ink``) -> ``#rrggbb``."""


def stylesheet(accent: str | None = None) -> str:
    """The whole stylesheet, with ``accent`` in place of the site's own colour."""
    tokens, *others = (_read(name) for name in FILES)
    brand = "" if accent is None else _with_accent(accent)
    return _COMMENT.sub("", "".join((tokens, brand, *others)))


def colours() -> dict[str, Colours]:
    """The colour tokens of each theme, as ``tokens.css`` defines them."""
    tokens = _read("tokens")
    by_query = {
        query or "": {name: _long(value) for name, value in _COLOUR.findall(block)}
        for query, block in _BLOCK.findall(tokens)
    }
    light = by_query[""]
    dark = {**light, **by_query[THEMES["dark"]]}
    more = by_query[THEMES["light, more contrast"]]
    return {
        "light": light,
        "dark": dark,
        "light, more contrast": {**light, **more},
        "dark, more contrast": {**dark, **more, **by_query[THEMES["dark, more contrast"]]},
    }


def accent_colours(accent: str, theme: str) -> Colours:
    """What stands for ``accent`` in ``theme``: itself if it can be read there, else the nearest that can.

    Text on it is black or white, whichever has more contrast.
    """
    known = colours()[theme]
    least = HIGH_CONTRAST if "more" in theme else TEXT
    grounds = tuple(known[name] for name in ("ground", "card", "soft"))
    colour = readable(accent, grounds, least)
    on = max(("#ffffff", "#000000"), key=lambda text: contrast(text, colour))
    away = "#000000" if on == "#ffffff" else "#ffffff"
    strong = readable(mixed(away, colour, 0.18), (*grounds, on), least)
    return {"accent": colour, "accent-strong": strong, "on-accent": on}


def _with_accent(accent: str) -> str:
    rules = []
    for theme, query in THEMES.items():
        values = "".join(f"--{name}:{value};" for name, value in accent_colours(accent, theme).items())
        rules.append(f"@media {query}{{:root{{{values}}}}}" if query else f":root{{{values}}}")
    return "\n".join(rules) + "\n"


def _read(name: str) -> str:
    return (_FOLDER / f"{name}.css").read_text(encoding="utf-8")


def _long(colour: str) -> str:
    return "#" + "".join(2 * digit for digit in colour[1:]) if len(colour) == 4 else colour
