"""The typed digits of a return PIN."""

from textual.reactive import reactive
from textual.widgets import Static

from pairgrant.tui import letter_shapes
from pairgrant_protocol.vocabulary import RETURN_PIN_DIGITS


class PinDigits(Static):
    """The digits typed so far, in big letters if ``is_big``; a line in place of a missing digit."""

    typed: reactive[str] = reactive("", layout=True)

    def __init__(self, *, is_big: bool, classes: str) -> None:
        super().__init__(markup=False, classes=classes)
        self._is_big = is_big
        self._scale = 1

    def scale_by(self, scale: int) -> None:
        """Draw each point of a big digit ``scale`` times as large."""
        self._scale = scale
        self.watch_typed(self.typed)

    def watch_typed(self, typed: str) -> None:
        small = " ".join(typed.ljust(RETURN_PIN_DIGITS, "_"))
        self.update("\n".join(drawn(typed, self._scale)) if self._is_big else small)


def drawn(typed: str, scale: int) -> list[str]:
    """The rows of the digits and of the missing digits."""
    return letter_shapes.draw(typed.ljust(RETURN_PIN_DIGITS, "_"), scale)
