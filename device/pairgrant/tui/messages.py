"""Messages from background tasks and screens to the app, which handles them and changes the screens."""

from dataclasses import dataclass

from textual.message import Message

from pairgrant.errors import PairgrantError
from pairgrant.events import PairingEvent, SignedInEvent
from pairgrant.session.sign_in_session import SignInSession
from pairgrant_protocol.polling import Denied, Expired, Failed
from pairgrant_protocol.secret import Secret


@dataclass
class PairingEventReceived(Message):
    """An event of the pairing."""

    event: PairingEvent


@dataclass
class PinSubmitted(Message):
    """The person typed the digits that the phone shows, and pressed Enter."""

    digits: Secret


@dataclass
class PairingEnded(Message):
    """The pairing has ended; with a session if it was approved."""

    outcome: SignInSession | Denied | Expired | Failed


@dataclass
class NextCodeDue(Message):
    """A kiosk that runs by itself has to show a code again."""


@dataclass
class SignInStopped(Message):
    """The pairing failed, its tokens could not be stored, or the sign-in has ended."""

    error: PairgrantError


@dataclass
class SignedInEventReceived(Message):
    """An event of the signed-in session."""

    event: SignedInEvent


@dataclass
class TokensTaken(Message):
    """The tokens of the last sign-in are deleted on this device; the server is told next."""

    error: PairgrantError | None = None
    """Why they could not be deleted."""


@dataclass
class SignedOut(Message):
    """The person signed this device out; ``error`` if the tokens could not be revoked."""

    error: PairgrantError | None = None
