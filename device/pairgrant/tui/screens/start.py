"""The screen before a pairing: a code is requested only after someone presses Enter (RFC 8628 §3.1)."""

from collections.abc import Sequence
from typing import ClassVar
from urllib.parse import urlsplit

from textual.app import ComposeResult
from textual.binding import BindingType
from textual.containers import Vertical

from pairgrant.translation import Translatable, gettext, pgettext
from pairgrant.tui.screens.framed import FramedScreen
from pairgrant.tui.widgets.big_text import BigText
from pairgrant.tui.widgets.call_to_action import CallToAction
from pairgrant.tui.widgets.logo_picture import LogoPicture, logo_of
from pairgrant.tui.widgets.sentence import Sentence


class StartScreen(FramedScreen):
    HINTS: tuple[tuple[str, str], ...] = (("enter", Translatable("Connect")), ("q", Translatable("Quit")))
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
            if logo := logo_of(self.app):
                yield LogoPicture(logo)
            yield BigText(pgettext("headline", "Connect"), classes="headline")
            yield Sentence(gettext("this screen with your phone."), share=1 / 4, classes="lead")
            yield CallToAction(gettext("Press Enter to start"))
            yield Sentence(urlsplit(self._issuer).netloc, steps=2, share=1 / 8, classes="server")
            for note in self._notes:
                yield Sentence(note, steps=2, share=1 / 6, limit=400, classes="note")

    def show_request_pending(self) -> None:
        """Show that a code has been requested."""
        self.query_one(CallToAction).set_text(Translatable("Requesting a code …"))
