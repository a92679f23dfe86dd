"""Entry of the digits that only the approving phone shows, between steps (E) and (F)."""

from typing import ClassVar

from textual import events
from textual.app import ComposeResult
from textual.binding import BindingType
from textual.containers import Horizontal, Vertical

from pairgrant.clock import Clock
from pairgrant.events import CodeIssued, PairingEvent, PinRequested, PollFailed, PollRecovered
from pairgrant.tui.messages import PinSubmitted
from pairgrant.tui.screens.framed import FramedScreen
from pairgrant.tui.widgets.pin_digits import DigitKeys, PinDigits
from pairgrant.tui.widgets.time_left_bar import TimeLeftBar
from pairgrant.tui.widgets.visible_text import VisibleText
from pairgrant.ui_texts import minutes_and_seconds, wrong_digits
from pairgrant_protocol.secret import Secret
from pairgrant_protocol.vocabulary import RETURN_PIN_DIGITS


class PinScreen(FramedScreen):
    """Takes digits until they are sent, and again if the server says that they were wrong."""

    HINTS = (("enter", "Send"), ("backspace", "Delete"), ("escape", "Cancel"), ("q", "Quit"))
    BINDINGS: ClassVar[list[BindingType]] = [
        ("enter", "send"),
        ("backspace", "delete"),
        ("escape", "app.cancel"),
        ("q", "app.leave"),
    ]

    def __init__(self, device_name: str, code: CodeIssued, request: PinRequested, clock: Clock) -> None:
        super().__init__(device_name)
        self._code = code
        self._request = request
        self._clock = clock
        self._typed = ""
        self._is_sent = False
        self._failure: PollFailed | None = None

    def middle(self) -> ComposeResult:
        with Vertical(id="pin", classes="middle"):
            yield VisibleText("One more step", classes="headline")
            yield VisibleText("Type the three digits shown on your phone.", classes="lead")
            yield PinDigits(is_big=True, classes="big-digits")
            yield PinDigits(is_big=False, classes="small-digits")
            yield DigitKeys()
        with Vertical(id="progress"):
            yield TimeLeftBar()
            with Horizontal(id="status"):
                yield VisibleText(id="status-text")
                yield VisibleText(id="time-left")

    def on_mount(self) -> None:
        self.set_interval(1.0, self.tick)
        self.tick()

    def on_key(self, event: events.Key) -> None:
        digit = event.character or ""
        if self._is_sent or len(self._typed) == RETURN_PIN_DIGITS or not _is_digit(digit):
            return
        self._typed += digit
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
        match event:
            case PinRequested():
                self._request, self._typed, self._is_sent = event, "", False
            case PollFailed():
                self._failure = event
            case PollRecovered():
                self._failure = None
            case _:
                return
        self.tick()

    def tick(self) -> None:
        """Update the whole screen."""
        now = self._clock.now()
        left = self._code.expires_at - now
        for digits in self.query(PinDigits):
            digits.typed = self._typed
        self.query_one(TimeLeftBar).share_left = left / self._code.expires_in
        self.query_one("#time-left", VisibleText).set_text(minutes_and_seconds(left))
        self.query_one("#status-text", VisibleText).set_text(self._status(now))
        is_bad = self._failure is not None or (self._request.wrong > 0 and not self._is_sent)
        self.query_one("#progress").set_class(is_bad, "-trouble")

    def _status(self, now: float) -> str:
        if self._failure:
            return f"No response; trying again in {minutes_and_seconds(self._failure.retry_at - now)}."
        if self._is_sent:
            return "Checking …"
        if self._request.wrong and not self._typed:
            return wrong_digits(self._request.tries_left)
        return "Then press Enter" if len(self._typed) == RETURN_PIN_DIGITS else "Approved"


def _is_digit(character: str) -> bool:
    return len(character) == 1 and character in "0123456789"
