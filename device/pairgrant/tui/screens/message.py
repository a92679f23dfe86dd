"""A screen that says how something ended, why, and what happens next."""

from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import BindingType
from textual.containers import Vertical

from pairgrant.tui.end_message import Ending
from pairgrant.tui.screens.framed import FramedScreen
from pairgrant.tui.widgets.call_to_action import Call
from pairgrant.tui.widgets.visible_text import Words


class MessageScreen(FramedScreen):
    HINTS = (("enter", "Try again"), ("escape", "Back"), ("q", "Quit"))
    BINDINGS: ClassVar[list[BindingType]] = [
        ("enter", "app.connect"),
        ("escape", "app.cancel"),
        ("q", "app.leave"),
    ]

    def __init__(self, device_name: str, ending: Ending) -> None:
        super().__init__(device_name)
        self.ending = ending

    def middle(self) -> ComposeResult:
        with Vertical(id="message", classes=f"middle -{self.ending.tone}"):
            yield Words(f"{self.ending.sign}  {self.ending.headline}", classes="headline")
            yield Words(self.ending.why, limit=600, classes="why")
            yield Call(self.ending.next_step)

    def asking(self) -> None:
        """Show that the server is being asked for a code."""
        self.query_one(Call).say("Asking for a code …")
