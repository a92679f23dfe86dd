"""The keys of a screen, at its bottom: buttons for a mouse, a touch screen and the arrows of a remote."""

from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import BindingType
from textual.containers import Horizontal
from textual.content import Content

from pairgrant.translation import Translatable, translated
from pairgrant.tui.widgets.button import Button
from pairgrant_protocol.visible_text import visible

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
        super().__init__(key, "")
        self._key_name = translated(_NAMES.get(key, key))
        self.columns = 0
        self.write(label)

    def write(self, label: str) -> None:
        """Replace what the key does."""
        text = visible(translated(label))
        content = Content.assemble((self._key_name, "bold"), " ", (text, "$quiet"))
        self.columns = content.cell_length
        self.update(content)


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

    def put_first(self, key: str, label: str) -> None:
        """Show a hint before all others, in place of one for the same key."""
        shown = list(self.query(f"#key-{key}").results(KeyHint))
        if shown:
            shown[0].write(label)
        else:
            self.mount(KeyHint(key, label), before=0 if self.children else None)
        self.call_after_refresh(self._arrange)

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
