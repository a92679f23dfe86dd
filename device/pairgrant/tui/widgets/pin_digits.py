"""The typed digits of a return PIN."""

from textual.reactive import reactive
from textual.widgets import Static

from pairgrant.tui import letter_shapes
from pairgrant_protocol.vocabulary import RETURN_PIN_DIGITS

_GAP = 3
_EMPTY = [" " * 5] * (letter_shapes.rows_of(1) - 1) + ["▀" * 5]
"""A line in place of a missing digit, as wide as a big digit."""


class PinDigits(Static):
    """The digits typed so far, in big letters if ``is_big``."""

    typed: reactive[str] = reactive("", layout=True)

    def __init__(self, *, is_big: bool, classes: str) -> None:
        super().__init__(markup=False, classes=classes)
        self._is_big = is_big

    def watch_typed(self, typed: str) -> None:
        self.update(
            "\n".join(drawn(typed) if self._is_big else [" ".join(typed.ljust(RETURN_PIN_DIGITS, "_"))])
        )


def drawn(typed: str) -> list[str]:
    """The rows of the digits and of the missing digits."""
    places = [letter_shapes.draw(digit) for digit in typed] + [_EMPTY] * (RETURN_PIN_DIGITS - len(typed))
    return [(" " * _GAP).join(place[row] for place in places) for row in range(letter_shapes.rows_of(1))]
