"""Explains how to go on without a camera: the address to open, and the code spelled letter by letter."""

from textual import events
from textual.app import ComposeResult
from textual.containers import Vertical
from textual.screen import ModalScreen

from pairgrant.translation import gettext
from pairgrant.tui.screens.fitted import FittedPanel
from pairgrant.tui.spelling import spelled
from pairgrant.tui.widgets.sentence import Sentence
from pairgrant_protocol.visible_text import visible


class CannotScan(FittedPanel, ModalScreen[None]):
    """Any key or click closes it."""

    def __init__(self, address: str, user_code: str) -> None:
        super().__init__()
        self._address = address
        self._user_code = visible(user_code)

    def compose(self) -> ComposeResult:
        with Vertical(classes="panel"):
            yield Sentence(gettext("Can't scan? Open this in any browser:"), share=1 / 8, classes="heading")
            yield Sentence(self._address, share=1 / 8, limit=2048, classes="strong")
            yield Sentence(gettext("and enter this code:"), share=1 / 8, classes="heading")
            yield Sentence(self._user_code, share=1 / 8, classes="strong")
            yield Sentence(" · ".join(spelled(self._user_code)), share=1 / 3, limit=1000, classes="spelled")

    def on_key(self, event: events.Key) -> None:
        event.stop()
        self.dismiss()

    def on_click(self) -> None:
        self.dismiss()
