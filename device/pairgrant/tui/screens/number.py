"""Shows the number that the person types on the phone, step (D), in the largest digits that fit."""

from textual.app import ComposeResult
from textual.containers import Vertical
from textual.geometry import Size

from pairgrant.clock import Clock
from pairgrant.events import CodeIssued, NumberShown, PairingEvent
from pairgrant.translation import Translatable
from pairgrant.tui.code_layout import spaced
from pairgrant.tui.number_layout import number_layout
from pairgrant.tui.screens.pairing import PairingScreen
from pairgrant.tui.widgets.big_number import BigNumber
from pairgrant.tui.widgets.big_text import BigText
from pairgrant.tui.widgets.sentence import Sentence
from pairgrant.ui_texts import TYPE_NUMBER
from pairgrant_protocol.visible_text import visible


class NumberScreen(PairingScreen):
    """The code stays, small, so that the person can still compare it with the phone."""

    def __init__(self, device_name: str, code: CodeIssued, shown: NumberShown, clock: Clock) -> None:
        super().__init__(device_name, code, clock)
        self._number = shown.number

    def content(self) -> ComposeResult:
        with Vertical(id="number", classes="middle"):
            yield Sentence(TYPE_NUMBER, classes="headline")
            yield BigNumber(self._number)
            yield Sentence(self._code.user_code, steps=1, share=1 / 8, id="small-code")

    def status(self) -> str:
        return Translatable("Phone connected")

    def fit_to(self, size: Size) -> None:
        """Draw the largest digits that fit; the code is spaced where its letters are ordinary ones."""
        super().fit_to(size)
        code = self.query_one("#small-code", BigText)
        user_code = visible(self._code.user_code)
        code.set_text(user_code if code.scale else spaced(user_code))
        layout = number_layout(width=size.width, height=size.height, number=self._number)
        self.set_class(not layout.roomy, "-bare")
        self.query_one(BigNumber).scale_by(layout.scale)

    def show_event(self, event: PairingEvent) -> None:
        """Show an event of the pairing."""
        if isinstance(event, NumberShown):
            self._number = event.number
            self.query_one(BigNumber).show(event.number)
        super().show_event(event)
