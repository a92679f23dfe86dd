"""What the work in the background tells the app; the screens themselves change only where these are handled."""

from dataclasses import dataclass

from textual.message import Message

from pairgrant.errors import PairgrantError
from pairgrant.events import PairingEvent, SignedInEvent
from pairgrant.session.sign_in_session import SignInSession
from pairgrant_protocol.polling import Denied, Expired, Failed
from pairgrant_protocol.secret import Secret


@dataclass
class PairingEventReceived(Message):
    """Something happened on the way to a sign-in."""

    event: PairingEvent


@dataclass
class PinSubmitted(Message):
    """The person typed the digits that the phone shows, and sent them off."""

    digits: Secret


@dataclass
class PairingEnded(Message):
    """The pairing is over; with a session where it was approved."""

    outcome: SignInSession | Denied | Expired | Failed


@dataclass
class SignInStopped(Message):
    """No pairing could be made or kept, or the tokens are gone."""

    error: PairgrantError


@dataclass
class SignedInEventReceived(Message):
    """Something happened in the signed-in life."""

    event: SignedInEvent


@dataclass
class SignedOut(Message):
    """The person signed this device out; ``error`` where the server couldn't be told."""

    error: PairgrantError | None = None
