"""Reads a drawn screen as a person or a phone does: QR codes from its points, big letters by their shapes."""

from itertools import groupby
from typing import Any

import zxingcpp
from PIL import Image
from textual.geometry import Region
from textual.screen import Screen
from textual.widget import Widget
from textual.widgets import Static

from pairgrant.tui import letter_shapes
from pairgrant.tui.scale import as_drawn
from pairgrant.tui.widgets.big_text import BigText
from pairgrant.tui.widgets.key_hints import KeyHint
from pairgrant.tui.widgets.visible_text import VisibleText

_FILLED = {"█": (True, True), "▀": (True, False), "▄": (False, True)}
_ENLARGED = 4
_SPACE = 6
"""Points between two words; letters are at most five apart."""

_LETTERS = sorted((letter_shapes.DRAWABLE | set("äöüéèàìòùáíóúñêâîôûëï")) - {" "})


def qr_text(screen: Screen[Any]) -> str:
    """The text of the QR code on ``screen``, read from the colours of its points; empty without one."""
    rows: list[bytes] = []
    for strip in screen._compositor.render_strips():
        upper, lower = bytearray(), bytearray()
        for text, style, _ in strip:
            ink, paper = _light(style and style.color), _light(style and style.bgcolor)
            for character in text:
                above, below = _FILLED.get(character, (False, False))
                upper.append(ink if above else paper)
                lower.append(ink if below else paper)
        rows += [bytes(upper), bytes(lower)]
    picture = Image.frombytes("L", (len(rows[0]), len(rows)), b"".join(rows))
    larger = picture.resize((picture.width * _ENLARGED, picture.height * _ENLARGED), Image.Resampling.NEAREST)
    found = zxingcpp.read_barcodes(larger)
    return found[0].text if found else ""


def big_letters(screen: Screen[Any], region: Region, scale: int = 0) -> str:
    """The letters drawn in ``region``: lines and words with a space between them. Without a ``scale`` each
    line has to have a letter of the full height, as capitals are.

    Raises:
        AssertionError: two letters are less than two points apart, or a shape is no letter.
    """
    cells = [strip.text[region.x : region.right] for strip in screen._compositor.render_strips()]
    points: list[list[bool]] = []
    for row in cells[region.y : region.bottom]:
        points += ([_FILLED.get(cell, (False, False))[half] for cell in row] for half in (0, 1))
    return " ".join(_line(band) for band in (_lines(points, scale) if scale else _bands(points)))


def big_texts(screen: Screen[Any]) -> list[str]:
    """The texts in big letters on ``screen``, as they are drawn."""
    return [
        big_letters(screen, widget.content_region, widget.scale)
        for widget in screen.query(BigText)
        if widget.scale and _is_shown(widget)
    ]


def _bands(points: list[list[bool]]) -> list[list[list[bool]]]:
    return [list(rows) for filled, rows in groupby(points, key=any) if filled]


def _lines(points: list[list[bool]], scale: int) -> list[list[list[bool]]]:
    pitch = 2 * (letter_shapes.rows_of(scale) + scale)
    return [points[top : top + 7 * scale] for top in range(0, len(points), pitch)]


def _line(band: list[list[bool]]) -> str:
    scale = round(len(band) / 7)
    columns = [any(row[x] for row in band) for x in range(len(band[0]))]
    text, gap, x = "", None, 0
    for filled, run in groupby(columns):
        width = len(list(run))
        if filled:
            if gap is not None:
                assert gap >= 2 * scale, f"letters touch after {text!r}"
                text += " " if gap >= _SPACE * scale else ""
            glyph = [
                "".join("#" if on else "." for on in row[x : x + width : scale]) for row in band[::scale]
            ]
            text += next(letter for letter in _LETTERS if _trimmed(letter) == glyph)
        elif text:
            gap = width
        x += width
    return text


def _trimmed(letter: str) -> list[str]:
    rows = letter_shapes.shape(letter)
    used = [x for x in range(len(rows[0])) if any(row[x] == "#" for row in rows)]
    return [row[used[0] : used[-1] + 1] for row in rows]


def _light(colour: Any) -> int:
    triplet = colour.triplet if colour and colour.triplet else (0, 0, 0)
    return sum(triplet) // 3


def cut_texts(screen: Screen[Any]) -> list[str]:
    """The texts of ``screen`` that are not drawn as a whole: what was said, compared with what is drawn."""
    rows = [strip.text for strip in screen._compositor.render_strips()]
    cut = []
    for widget in screen.query(Static):
        area = widget.region
        if not isinstance(widget, VisibleText | BigText | KeyHint) or not _is_shown(widget):
            continue
        if isinstance(widget, BigText) and widget.scale:
            # a few small letters with an accent look like the capital ones, which are lower for it
            said = as_drawn(widget.says, keeps_case=False)
            drawn = big_letters(screen, widget.content_region, widget.scale).upper()
        else:
            said = str(widget.visual)
            drawn = "".join(row[area.x : area.right] for row in rows[area.y : area.bottom])
        if "".join(said.split()) not in "".join(drawn.split()):
            cut.append(said)
    return cut


def texts_of(screen: Screen[Any]) -> list[str]:
    """What the widgets of ``screen`` say, in ordinary letters."""
    return [
        widget.says if isinstance(widget, BigText) else str(widget.visual)
        for widget in screen.query(Static)
        if isinstance(widget, VisibleText | BigText | KeyHint) and _is_shown(widget)
    ]


def _is_shown(widget: Widget) -> bool:
    """Whether a style doesn't hide it or something around it."""
    return all(node.display for node in widget.ancestors_with_self if isinstance(node, Widget))
