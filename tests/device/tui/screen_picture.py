"""A drawn screen as text: its letters, and below them the colours by the names that the theme gives them."""

from itertools import groupby
from typing import Any

from rich.style import Style
from textual.app import App
from textual.color import Color

_ROLES = ("foreground", "background", "surface", "panel", "primary", "warning", "error", "quiet", "faint")
_OF_QR_CODES: dict[str | None, str] = {"#ffffff": "paper", "#000000": "ink"}


def picture(app: App[Any]) -> str:
    """The rows of the screen, and the runs of cells that have a style of their own."""
    names = _names(app)
    strips = app.screen._compositor.render_strips()
    rows = [strip.text.rstrip() for strip in strips]
    styles = []
    for strip in strips:
        column, runs = 0, []
        for text, style, _ in strip:
            if text.strip() or not _is_background(style, names):
                runs.append(f"{column}+{len(text)} {_described(style, names)}")
            column += len(text)
        styles.append("; ".join(runs))
    lines = ["", *rows, ""]
    row = 0
    for described, same in groupby(styles):
        count = len(list(same))
        if described:
            lines.append(f"{row}-{row + count - 1}: {described}")
        row += count
    return "\n".join(lines)


def _names(app: App[Any]) -> dict[str, str]:
    """The colour of each role."""
    theme = app.current_theme
    known = {role: getattr(theme, role, None) or theme.variables.get(role, "") for role in _ROLES}
    return {role: colour for role, colour in known.items() if colour}


def _described(style: Style | None, names: dict[str, str]) -> str:
    if style is None:
        return "plain"
    ink, ground = _hex(style.color), _hex(style.bgcolor)
    if {ink, ground} <= _OF_QR_CODES.keys():
        return f"{_OF_QR_CODES[ink]} on {_OF_QR_CODES[ground]}"
    words = [_role(ink, names)]
    if not _is_background(style, names):
        words.append(f"on {_role(ground, names)}")
    words += [name for name in ("bold", "dim", "reverse", "underline") if getattr(style, name)]
    return " ".join(words)


def _is_background(style: Style | None, names: dict[str, str]) -> bool:
    ground = _hex(style.bgcolor) if style else None
    return ground is None or _role(ground, names) == "background"


def _role(colour: str | None, names: dict[str, str]) -> str:
    """The name of a colour; blending may change it by a step, and a colour behind a question by more."""
    if colour is None:
        return "plain"
    for role, known in names.items():
        if all(abs(a - b) <= 1 for a, b in zip(Color.parse(colour).rgb, Color.parse(known).rgb, strict=True)):
            return role
    return "blended"


def _hex(colour: Any) -> str | None:
    return colour.triplet.hex.lower() if colour and colour.triplet else None
