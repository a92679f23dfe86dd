"""Chooses how large the number of a number match is drawn; pure, in cells."""

from dataclasses import dataclass

from pairgrant.translation import translated
from pairgrant.tui import letter_shapes
from pairgrant.ui_texts import TYPE_NUMBER

LARGEST_SCALE = 5
"""Larger digits would no longer be seen at one glance from nearby."""

_ROOMY_CHROME = 7
"""Rows for header, countdown, status, keys and spacing."""

_PLAIN_CHROME = 1
"""Rows for the status only."""

_TEXT = 3
"""Rows for the code, and the spacing above and below the number; the sentence comes on top."""

_SHORT_TEXT = 1
"""Rows for the code alone."""

_MARGIN = 2
"""Empty columns at each side."""


@dataclass(frozen=True, slots=True)
class NumberLayout:
    """``scale`` of ``letter_shapes.draw``, 0: ordinary letters; ``roomy`` adds header and keys."""

    scale: int
    roomy: bool


def number_layout(*, width: int, height: int, number: str) -> NumberLayout:
    """The largest digits that fit ``width`` by ``height`` cells; the header gives way to them only if
    they would be ordinary letters otherwise.
    """
    sentence = -(-len(translated(TYPE_NUMBER)) // width)
    for roomy, rows_taken, margins in (
        (True, _ROOMY_CHROME + _TEXT, 2 * _MARGIN),
        (False, _PLAIN_CHROME + _SHORT_TEXT, 0),
    ):
        for scale in range(LARGEST_SCALE, 0, -1):
            columns, rows = letter_shapes.size(number, scale)
            if columns + margins <= width and rows + sentence + rows_taken <= height:
                return NumberLayout(scale, roomy)
    return NumberLayout(0, roomy=False)
