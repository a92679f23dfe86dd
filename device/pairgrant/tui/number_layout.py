"""Chooses how large the number of a number match is drawn; pure, in cells."""

from dataclasses import dataclass

from pairgrant.translation import translated
from pairgrant.tui import letter_shapes
from pairgrant.tui.scale import headline, margin_at, scale_at
from pairgrant.ui_texts import TYPE_NUMBER

LARGEST_SCALES = {1: 5, 2: 8, 3: 11}
"""By the scale of the screen: larger digits would no longer be seen at one glance from nearby."""

_ROOMY_CHROME = 7
"""Rows for top line, countdown, status, keys and spacing at scale 1."""

_PLAIN_CHROME = 1
"""Rows for the status only."""

_TEXT = 3
"""Rows for the code, and the spacing above and below the number; the sentence comes on top."""

_SHORT_TEXT = 1
"""Rows for the code alone."""


@dataclass(frozen=True, slots=True)
class NumberLayout:
    """``scale`` of ``letter_shapes.draw``, 0: ordinary letters; ``roomy`` adds header and keys."""

    scale: int
    roomy: bool


def number_layout(*, width: int, height: int, number: str, sentence_share: float = 1 / 5) -> NumberLayout:
    """The largest digits that fit ``width`` by ``height`` cells; the header gives way to them only if
    they would be ordinary letters otherwise.
    """
    inner, larger = width - 2 * margin_at(width), scale_at(width) - 1
    text, rows = translated(TYPE_NUMBER), int(height * sentence_share)
    scale, lines = headline(text, width=inner, rows=rows, scale=larger, keeps_case=True)
    sentence = letter_shapes.size_of_lines(lines, scale)[1] if lines else -(-len(text) // width)
    # the code, the status and the name of the device are larger too, and so is the spacing
    more = 3 * letter_shapes.rows_of(larger) if larger else 0
    for roomy, rows_taken, room in (
        (True, _ROOMY_CHROME + _TEXT + more, inner),
        (False, _PLAIN_CHROME + _SHORT_TEXT, width),
    ):
        for candidate in range(LARGEST_SCALES[larger + 1], 0, -1):
            columns, needed = letter_shapes.size(number, candidate)
            if columns <= room and needed + sentence + rows_taken <= height:
                return NumberLayout(candidate, roomy)
    return NumberLayout(0, roomy=False)
