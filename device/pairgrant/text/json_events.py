"""A pairing told as JSON, one object a line, for programs; the members are part of the stable interface, and none is a token."""

import json
from collections.abc import Callable

from pairgrant.events import (
    BrowserOpened,
    CodeIssued,
    PairingEvent,
    PinRequested,
    PollFailed,
    PollRecovered,
    StageReached,
    WarningIssued,
)
from pairgrant_protocol.vocabulary import RETURN_PIN_DIGITS


class JsonEvents:
    """Writes each event as one line of JSON to ``write``; texts of the server are in it as they came, in JSON's escapes."""

    def __init__(self, write: Callable[[str], None]) -> None:
        self._write = write

    def __call__(self, event: PairingEvent) -> None:
        match event:
            case CodeIssued():
                self.line(
                    "code",
                    user_code=event.user_code,
                    verification_uri=event.verification_uri,
                    verification_uri_complete=event.verification_uri_complete,
                    expires_in=event.expires_in,
                )
            case BrowserOpened(uri, expires_in):
                self.line("browser", authorization_uri=uri, expires_in=expires_in)
            case StageReached(stage):
                self.line("stage", stage=stage.value)
            case PinRequested():
                self.line("pin_wanted", digits=RETURN_PIN_DIGITS, tries_left=event.tries_left)
            case PollFailed(reason):
                self.line("trouble", message=reason)
            case PollRecovered():
                self.line("trouble_ended")
            case WarningIssued(text):
                self.line("warning", message=text)

    def not_digits(self) -> None:
        """Something else came than the digits that are wanted."""
        self.line("warning", message=f"{RETURN_PIN_DIGITS} digits are wanted, on a line of their own.")

    def line(self, event: str, **members: str | int | None) -> None:
        """One line; a member without a value is left out."""
        said = {name: value for name, value in members.items() if value is not None}
        self._write(json.dumps({"event": event, **said}))
