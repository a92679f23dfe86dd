"""Before a pairing: nothing is asked of the server until someone asks for it (RFC 8628 §3.1)."""

from collections.abc import Sequence
from typing import ClassVar
from urllib.parse import urlsplit

from textual.app import ComposeResult
from textual.binding import BindingType
from textual.containers import Vertical

from pairgrant.tui import letter_shapes
from pairgrant.tui.screens.framed import FramedScreen
from pairgrant.tui.widgets.call_to_action import CallToAction
from pairgrant.tui.widgets.visible_text import VisibleText


class StartScreen(FramedScreen):
    HINTS = (("enter", "Connect"), ("q", "Quit"))
    BINDINGS: ClassVar[list[BindingType]] = [
        ("enter", "app.connect"),
        ("escape", "app.cancel"),
        ("q", "app.leave"),
    ]

    def __init__(self, device_name: str, *, issuer: str, notes: Sequence[str] = ()) -> None:
        super().__init__(device_name)
        self._issuer = issuer
        self._notes = notes

    def middle(self) -> ComposeResult:
        with Vertical(id="start", classes="middle"):
            yield VisibleText("Connect", classes="headline small-word")
            yield BigWord("CONNECT")
            yield VisibleText("this screen from the phone in your hand.", classes="lead")
            yield CallToAction("Press Enter to start")
            yield VisibleText(urlsplit(self._issuer).netloc, classes="aside")
            for note in self._notes:
                yield VisibleText(note, limit=400, classes="note")

    def asking(self) -> None:
        """Show that the server is being asked for a code."""
        self.query_one(CallToAction).set_text("Asking for a code …")


class BigWord(VisibleText):
    """A word in big letters, on screens that have the room."""

    def __init__(self, word: str) -> None:
        super().__init__(classes="big-word")
        self.update("\n".join(letter_shapes.draw(word, letter_shapes.WIDE_GAP)))
