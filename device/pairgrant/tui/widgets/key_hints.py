"""The keys of a screen, at its bottom; a tap or a click acts like the key."""

from textual.app import ComposeResult
from textual.containers import Horizontal
from textual.content import Content
from textual.widgets import Static

from pairgrant.translation import translated


class KeyHint(Static):
    def __init__(self, key: str, label: str) -> None:
        self._key = key
        shown = {"enter": "Enter", "escape": "Esc", "backspace": "Bksp", "question_mark": "?"}.get(key, key)
        super().__init__(
            Content.assemble((shown, "bold $primary"), " ", (translated(label), "$quiet")),
            markup=False,
            id=f"key-{key}",
        )

    def on_click(self) -> None:
        self.app.simulate_key(self._key)


class KeyHints(Horizontal):
    def __init__(self, *hints: tuple[str, str]) -> None:
        super().__init__()
        self._hints = hints

    def compose(self) -> ComposeResult:
        for key, label in self._hints:
            yield KeyHint(key, label)
