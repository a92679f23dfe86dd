"""Says how a pairing or a session ended, why, and what Enter does."""

from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import BindingType
from textual.containers import Vertical

from pairgrant.translation import Translatable
from pairgrant.tui.end_message import EndMessage
from pairgrant.tui.screens.framed import FramedScreen
from pairgrant.tui.widgets.big_text import BigText
from pairgrant.tui.widgets.call_to_action import CallToAction
from pairgrant.tui.widgets.sentence import Sentence


class MessageScreen(FramedScreen):
    HINTS = (
        ("enter", Translatable("Try again")),
        ("escape", Translatable("Back")),
        ("q", Translatable("Quit")),
    )
    BINDINGS: ClassVar[list[BindingType]] = [
        ("enter", "app.connect"),
        ("escape", "app.cancel"),
        ("q", "app.leave"),
    ]

    def __init__(self, device_name: str, message: EndMessage) -> None:
        super().__init__(device_name)
        self.message = message

    def middle(self) -> ComposeResult:
        with Vertical(id="message", classes=f"middle -{self.message.tone}"):
            yield BigText(self.message.headline, classes="headline")
            yield Sentence(self.message.why, share=1 / 4, limit=600, classes="why")
            yield CallToAction(self.message.next_step)

    def show_request_pending(self) -> None:
        """Show that a code has been requested."""
        self.query_one(CallToAction).set_text(Translatable("Requesting a code …"))
