"""Colours as ``#rrggbb``: names, contrast by WCAG 2.2, and the nearest colour that can be read; pure."""

import colorsys
import re
from collections.abc import Iterable

NAMES = {
    "amber": "#ffbf00",
    "aqua": "#00ffff",
    "black": "#000000",
    "blue": "#0000ff",
    "brown": "#a52a2a",
    "coral": "#ff7f50",
    "crimson": "#dc143c",
    "cyan": "#00ffff",
    "gold": "#ffd700",
    "gray": "#808080",
    "green": "#008000",
    "grey": "#808080",
    "indigo": "#4b0082",
    "lime": "#00ff00",
    "magenta": "#ff00ff",
    "maroon": "#800000",
    "navy": "#000080",
    "olive": "#808000",
    "orange": "#ffa500",
    "pink": "#ffc0cb",
    "purple": "#800080",
    "red": "#ff0000",
    "salmon": "#fa8072",
    "silver": "#c0c0c0",
    "teal": "#008080",
    "turquoise": "#40e0d0",
    "violet": "#ee82ee",
    "white": "#ffffff",
    "yellow": "#ffff00",
}
"""The names that CSS has for them, and amber."""

TEXT = 4.5
"""Least contrast of text (WCAG 2.2, 1.4.3)."""

_ROUNDING = 0.05
"""What a terminal may lose of a contrast, because a theme rounds its colours."""

_Parts = tuple[float, float, float]


def parse_colour(text: str) -> str | None:
    """``#rrggbb`` for a name or a colour such as ``#5EC`` or ``#5ee0c0``; None if it is neither."""
    word = text.strip().lower()
    if word in NAMES:
        return NAMES[word]
    if re.fullmatch("#[0-9a-f]{3}", word):
        return "#" + "".join(2 * digit for digit in word[1:])
    return word if re.fullmatch("#[0-9a-f]{6}", word) else None


def contrast(one: str, other: str) -> float:
    """The contrast ratio of two colours, 1 to 21."""
    lighter, darker = sorted((_luminance(one), _luminance(other)), reverse=True)
    return (lighter + 0.05) / (darker + 0.05)


def least_contrast(colour: str, grounds: Iterable[str]) -> float:
    """The contrast on the background that suits the colour least."""
    return min(contrast(colour, ground) for ground in grounds)


def readable(colour: str, grounds: tuple[str, ...], least: float = TEXT) -> str:
    """The colour, or the nearest of its hue that has the contrast ``least`` on all ``grounds``."""
    if least_contrast(colour, grounds) >= least:
        return colour
    best = max(("#ffffff", "#000000"), key=lambda end: least_contrast(end, grounds))
    hue, lightness, saturation = colorsys.rgb_to_hls(*_parts(colour))
    end = 1.0 if best == "#ffffff" else 0.0
    steps = 200
    for step in range(1, steps):
        nearer = _hex(colorsys.hls_to_rgb(hue, lightness + (end - lightness) * step / steps, saturation))
        if least_contrast(nearer, grounds) >= least + _ROUNDING:
            return nearer
    return best


def nearest(colour: str, choices: Iterable[str]) -> str:
    """The one of ``choices`` with the least distance."""
    wanted = _parts(colour)
    return min(
        choices,
        key=lambda choice: sum((a - b) ** 2 for a, b in zip(wanted, _parts(choice), strict=True)),
    )


def mixed(colour: str, ground: str, share: float) -> str:
    """``share`` (0 to 1) of ``colour``, and the rest of ``ground``."""
    red, green, blue = (b + (a - b) * share for a, b in zip(_parts(colour), _parts(ground), strict=True))
    return _hex((red, green, blue))


def _luminance(colour: str) -> float:
    red, green, blue = (
        part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in _parts(colour)
    )
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def _parts(colour: str) -> _Parts:
    red, green, blue = (int(colour[place : place + 2], 16) / 255 for place in (1, 3, 5))
    return red, green, blue


def _hex(parts: _Parts) -> str:
    return "#" + "".join(f"{min(max(round(part * 255), 0), 255):02x}" for part in parts)
