"""Entry of the digits that only the approving phone shows, between steps (E) and (F)."""

from typing import ClassVar

from textual import events
from textual.app import ComposeResult
from textual.binding import BindingType
from textual.containers import Horizontal, Vertical
from textual.geometry import Size

from pairgrant.clock import Clock
from pairgrant.events import CodeIssued, PairingEvent, PinRequested
from pairgrant.translation import Translatable, gettext
from pairgrant.tui.messages import PinSubmitted
from pairgrant.tui.scale import margin_at, scale_at
from pairgrant.tui.screens.pairing import PairingScreen
from pairgrant.tui.widgets.big_text import BigText
from pairgrant.tui.widgets.digit_pad import DigitPad
from pairgrant.tui.widgets.pin_digits import PinDigits
from pairgrant.tui.widgets.sentence import Sentence
from pairgrant.ui_texts import wrong_digits
from pairgrant_protocol.secret import Secret
from pairgrant_protocol.vocabulary import RETURN_PIN_DIGITS


class PinScreen(PairingScreen):
    """Takes digits until they are sent, and again if the server says that they were wrong."""

    HINTS = (
        ("enter", Translatable("Send")),
        ("backspace", Translatable("Del")),
        ("escape", Translatable("Cancel")),
        ("q", Translatable("Quit")),
    )
    BINDINGS: ClassVar[list[BindingType]] = [
        ("enter", "send"),
        ("backspace", "delete"),
        ("escape", "app.cancel"),
        ("q", "app.leave"),
    ]

    def __init__(self, device_name: str, code: CodeIssued, request: PinRequested, clock: Clock) -> None:
        super().__init__(device_name, code, clock)
        self._request = request
        self._typed = ""
        self._is_sent = False

    def content(self) -> ComposeResult:
        with Horizontal(id="pin", classes="middle"):
            with Vertical(classes="beside-pad"):
                yield BigText(gettext("One more step"), share=1 / 5, classes="headline")
                yield Sentence(gettext("Type the three digits shown on your phone."), classes="lead")
                yield PinDigits(is_big=True, classes="big-digits")
                yield PinDigits(is_big=False, classes="small-digits")
            yield DigitPad()

    def fit_to(self, size: Size) -> None:
        """Fit the pad, and the texts beside it."""
        super().fit_to(size)
        pad = self.query_one(DigitPad)
        pad.fit(width=size.width, height=size.height)
        room = size.width - 2 * margin_at(size.width) - pad.columns
        scale = scale_at(size.width)
        self.query_one(".headline", BigText).fit(width=room, rows=size.height // 5, scale=scale)
        self.query_one(".lead", Sentence).fit(width=room, rows=size.height // 5, scale=scale - 1)
        for digits in self.query(PinDigits):
            digits.scale_by(scale)

    def on_key(self, event: events.Key) -> None:
        digit = event.character or ""
        if self._is_sent or len(self._typed) == RETURN_PIN_DIGITS or not _is_digit(digit):
            return
        self._typed += digit
        if len(self._typed) == RETURN_PIN_DIGITS:
            self.query_one(DigitPad).offer_ok()
        self.tick()

    def action_delete(self) -> None:
        if not self._is_sent:
            self._typed = self._typed[:-1]
            self.tick()

    def action_send(self) -> None:
        """Send the digits; no digits can be typed until the server responds."""
        if not self._is_sent and len(self._typed) == RETURN_PIN_DIGITS:
            self._is_sent = True
            self.post_message(PinSubmitted(Secret(self._typed)))
            self.tick()

    def show_event(self, event: PairingEvent) -> None:
        """Show an event of the pairing."""
        if isinstance(event, PinRequested):
            self._request, self._typed, self._is_sent = event, "", False
        super().show_event(event)

    def tick(self) -> None:
        """Update the whole screen."""
        for digits in self.query(PinDigits):
            digits.typed = self._typed
        super().tick()

    def is_bad(self) -> bool:
        return super().is_bad() or (self._request.wrong > 0 and not self._is_sent)

    def status(self) -> str:
        if self._is_sent:
            return gettext("Checking …")
        if self._request.wrong and not self._typed:
            return wrong_digits(self._request.tries_left)
        return gettext("Then press Enter") if len(self._typed) == RETURN_PIN_DIGITS else gettext("Approved")


def _is_digit(character: str) -> bool:
    return len(character) == 1 and character in "0123456789"
