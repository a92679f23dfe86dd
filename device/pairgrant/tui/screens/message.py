"""A screen that says how something ended, why, and what happens next."""

from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import BindingType
from textual.containers import Vertical

from pairgrant.tui.end_message import EndMessage
from pairgrant.tui.screens.framed import FramedScreen
from pairgrant.tui.widgets.call_to_action import CallToAction
from pairgrant.tui.widgets.visible_text import VisibleText


class MessageScreen(FramedScreen):
    HINTS = (("enter", "Try again"), ("escape", "Back"), ("q", "Quit"))
    BINDINGS: ClassVar[list[BindingType]] = [
        ("enter", "app.connect"),
        ("escape", "app.cancel"),
        ("q", "app.leave"),
    ]

    def __init__(self, device_name: str, ending: EndMessage) -> None:
        super().__init__(device_name)
        self.ending = ending

    def middle(self) -> ComposeResult:
        with Vertical(id="message", classes=f"middle -{self.ending.tone}"):
            yield VisibleText(f"{self.ending.sign}  {self.ending.headline}", classes="headline")
            yield VisibleText(self.ending.why, limit=600, classes="why")
            yield CallToAction(self.ending.next_step)

    def asking(self) -> None:
        """Show that the server is being asked for a code."""
        self.query_one(CallToAction).set_text("Asking for a code …")
