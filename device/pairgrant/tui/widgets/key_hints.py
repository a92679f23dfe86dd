"""The keys of a screen, at its bottom: buttons for a mouse, a touch screen and the arrows of a remote."""

from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import BindingType
from textual.containers import Horizontal
from textual.content import Content

from pairgrant.translation import Translatable, translated
from pairgrant.tui.widgets.button import Button

_NAMES = {
    "enter": Translatable("Enter"),
    "escape": Translatable("Esc"),
    "backspace": Translatable("Bksp"),
    "question_mark": "?",
}
_WIDE = 52
"""Columns of a screen from which the hints stand further apart."""
_GAP, _NARROW_GAP = 4, 1


class KeyHint(Button):
    def __init__(self, key: str, label: str) -> None:
        name, text = translated(_NAMES.get(key, key)), translated(label)
        super().__init__(key, Content.assemble((name, "bold"), " ", (text, "$quiet")))
        self.columns = len(name) + 1 + Content(text).cell_length


class KeyHints(Horizontal):
    """The hints in one row; where it is too narrow for all, the arrows go on to those that are left out."""

    BINDINGS: ClassVar[list[BindingType]] = [("left", "move(-1)"), ("right", "move(1)")]

    def __init__(self, *hints: tuple[str, str]) -> None:
        super().__init__()
        self._hints = hints
        self._first = 0

    def compose(self) -> ComposeResult:
        for key, label in self._hints:
            yield KeyHint(key, label)

    def on_resize(self) -> None:
        self._first = 0
        self._arrange()

    def action_move(self, step: int) -> None:
        """Move the focus along the row, also to a hint that is not shown yet."""
        hints = list(self.query(KeyHint))
        place = next((number for number, hint in enumerate(hints) if hint.has_focus), 0) + step
        if not 0 <= place < len(hints):
            if step > 0:
                self.screen.focus_next()
            else:
                self.screen.focus_previous()
            return
        if not hints[place].display:
            self._first = place
            self._arrange()
        self.call_after_refresh(hints[place].focus)

    def _arrange(self) -> None:
        """Show the hints from the first one on, as many as fit the row."""
        gap = _GAP if self.screen.size.width >= _WIDE else _NARROW_GAP
        used = 0
        for number, hint in enumerate(self.query(KeyHint)):
            if number >= self._first:
                used += hint.columns
            hint.display = number >= self._first and used <= self.size.width
            used += gap if number >= self._first else 0
