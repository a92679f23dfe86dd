"""Keys for digits, as on a telephone: for the arrows and OK of a remote, and for touch screens."""

from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import BindingType
from textual.containers import Grid

from pairgrant.translation import Translatable, translated
from pairgrant.tui import letter_shapes
from pairgrant.tui.scale import scale_at
from pairgrant.tui.widgets.button import Button

COLUMNS = 3
_WIDTH_OF_BIG, _HEIGHT_OF_BIG = 72, 24
_DIGITS = tuple((digit, digit) for digit in "123456789")
_KEYS = (*_DIGITS, ("backspace", Translatable("Del")), ("0", "0"), ("enter", "OK"))
"""Keys and their labels, five letters at most."""


_SIZES = {3: (25, 11), 2: (13, 5)}
"""Columns and rows of a key with a digit in big letters, by the scale of the screen."""

_BELOW_AND_ABOVE = 14
"""Rows of a screen that are not the pad's."""


_MARGIN = 6
"""Columns at its left."""


class PadKey(Button):
    def __init__(self, key: str, label: str) -> None:
        self._label = translated(label)
        super().__init__(key, self._label, id=f"pad-{key}")

    def scale_by(self, scale: int) -> None:
        """Draw the label in big letters where they fit; 0: in ordinary ones."""
        big = scale and letter_shapes.can_draw(self._label)
        fits = big and letter_shapes.size(self._label, scale)[0] <= _SIZES[scale + 1][0]
        self.update("\n".join(letter_shapes.draw(self._label, scale)) if fits else self._label)


class DigitPad(Grid):
    """Three columns of keys; the arrows move within it, and leave it at the top and at the bottom."""

    BINDINGS: ClassVar[list[BindingType]] = [
        ("left", "move(-1)"),
        ("right", "move(1)"),
        ("up", f"move(-{COLUMNS})"),
        ("down", f"move({COLUMNS})"),
    ]

    def __init__(self) -> None:
        super().__init__()
        self.columns = 0
        """Columns that it takes, with its margin."""

    def compose(self) -> ComposeResult:
        for key, label in _KEYS:
            yield PadKey(key, label)

    def fit(self, *, width: int, height: int) -> None:
        """Large keys on a screen of at least 72 by 24 cells, and larger ones where the texts are larger."""
        self.set_class(width >= _WIDTH_OF_BIG and height >= _HEIGHT_OF_BIG, "-big")
        room = (height - _BELOW_AND_ABOVE) // 4
        fitting = (scale for scale, (_, rows) in _SIZES.items() if scale <= scale_at(width) and rows <= room)
        chosen = next(fitting, 1)
        for scale in _SIZES:
            self.set_class(scale == chosen, f"-scale-{scale}")
        for pad_key in self.query(PadKey):
            pad_key.scale_by(chosen - 1)
        key = _SIZES[chosen][0] if chosen in _SIZES else 7
        self.columns = COLUMNS * key + (COLUMNS - 1) * 2 + _MARGIN

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
