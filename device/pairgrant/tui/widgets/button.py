"""Something to press: a click, a tap, or Enter and Space while it has the focus act like its key."""

from textual import events
from textual.visual import VisualType
from textual.widgets import Static


class Button(Static, can_focus=True):
    FOCUS_ON_CLICK = False

    def __init__(self, key: str, label: VisualType, *, id: str | None = None) -> None:  # noqa: A002 - Textual's name for it
        super().__init__(label, markup=False, id=id or f"key-{key}")
        self._key = key

    def on_click(self, event: events.Click) -> None:
        event.stop()
        self.screen.set_focus(None)  # the button in focus would take Enter for itself
        self.app.simulate_key(self._key)

    def on_key(self, event: events.Key) -> None:
        if event.key in {"enter", "space"} and event.key != self._key:
            event.stop()
            self.app.simulate_key(self._key)
