"""The events of a pairing as JSON lines for programs; the members are a stable interface, and none is a
token.
"""

import json
import time
from collections.abc import Callable

from pairgrant.events import (
    BrowserOpened,
    CodeIssued,
    NumberShown,
    PairingEvent,
    PinRequested,
    PollFailed,
    PollRecovered,
    StageReached,
    WarningIssued,
)
from pairgrant_protocol.vocabulary import RETURN_PIN_DIGITS


class JsonEvents:
    """Writes each event as one line of JSON; text from the server is unchanged but for JSON's escapes."""

    def __init__(self, write: Callable[[str], None], wall: Callable[[], float] = time.time) -> None:
        self._write = write
        self._wall = wall
        self._in_trouble = False

    def __call__(self, event: PairingEvent) -> None:
        match event:
            case CodeIssued():
                self.code(event)
            case BrowserOpened(uri, expires_in):
                self.line("browser", authorization_uri=uri, expires_in=expires_in)
            case StageReached(stage):
                self.line("stage", stage=stage.value)
            case NumberShown(number):
                self.line("number", number=number)
            case PinRequested():
                self.line("pin_wanted", digits=RETURN_PIN_DIGITS, tries_left=event.tries_left)
            case PollFailed(reason):
                self.line("trouble", message=reason)
                self._in_trouble = True
            case PollRecovered():
                self.line("trouble_ended")
                self._in_trouble = False
            case WarningIssued(text):
                self.line("warning", message=text)

    def code(self, event: CodeIssued, *, handle: str | None = None) -> None:
        """The code to show; ``handle``: how another process goes on with the sign-in."""
        self.line(
            "code",
            user_code=event.user_code,
            verification_uri=event.verification_uri,
            verification_uri_complete=event.verification_uri_complete,
            expires_in=event.expires_in,
            expires_at=int(self._wall()) + event.expires_in,
            interval=event.interval,
            handle=handle,
        )

    def not_digits(self) -> None:
        """Warn about a line on stdin that is not a return PIN."""
        self.line("warning", message=f"Write exactly {RETURN_PIN_DIGITS} digits on one line.")

    def end(self, event: str, **members: str | float | None) -> None:
        """Write the event that ends the sign-in; a trouble is ended before it."""
        if self._in_trouble:
            self(PollRecovered())
        self.line(event, **members)

    def line(self, event: str, **members: str | float | None) -> None:
        """Write one line; members that are None are omitted."""
        present = {name: value for name, value in members.items() if value is not None}
        self._write(json.dumps({"event": event, **present}))
