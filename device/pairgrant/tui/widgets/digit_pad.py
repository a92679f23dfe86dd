"""Keys for digits, as on a telephone: for the arrows and OK of a remote, and for touch screens."""

from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import BindingType
from textual.containers import Grid

from pairgrant.translation import Translatable, translated
from pairgrant.tui.widgets.button import Button

COLUMNS = 3
_WIDTH_OF_BIG, _HEIGHT_OF_BIG = 72, 24
_DIGITS = tuple((digit, digit) for digit in "123456789")
_KEYS = (*_DIGITS, ("backspace", Translatable("Del")), ("0", "0"), ("enter", "OK"))
"""Keys and their labels, five letters at most."""


class PadKey(Button):
    def __init__(self, key: str, label: str) -> None:
        super().__init__(key, translated(label), id=f"pad-{key}")


class DigitPad(Grid):
    """Three columns of keys; the arrows move within it, and leave it at the top and at the bottom."""

    BINDINGS: ClassVar[list[BindingType]] = [
        ("left", "move(-1)"),
        ("right", "move(1)"),
        ("up", f"move(-{COLUMNS})"),
        ("down", f"move({COLUMNS})"),
    ]

    def compose(self) -> ComposeResult:
        for key, label in _KEYS:
            yield PadKey(key, label)

    def fit(self, *, width: int, height: int) -> None:
        """Large keys on a screen of at least 72 by 24 cells."""
        self.set_class(width >= _WIDTH_OF_BIG and height >= _HEIGHT_OF_BIG, "-big")

    def action_move(self, steps: int) -> None:
        keys = list(self.query(PadKey))
        if self.screen.focused not in keys:
            return
        place = keys.index(self.screen.focused) + steps
        if 0 <= place < len(keys):
            self.screen.set_focus(keys[place])
        elif steps > 0:
            self.screen.set_focus(keys[-1])
            self.screen.focus_next()
        else:
            self.screen.set_focus(keys[0])
            self.screen.focus_previous()

    def offer_ok(self) -> None:
        """Move the focus to OK, if it is within the pad."""
        if isinstance(self.screen.focused, PadKey):
            self.screen.set_focus(self.query_one("#pad-enter", PadKey))
