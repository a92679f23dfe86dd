"""The events of a pairing and of a signed-in session, for the screens, the plain text and the JSON lines.

No event has a ``device_code`` or a token. Text from a server is unchanged here; the display escapes it.
Instants (``…_at``) are seconds of the device's monotonic clock.
"""

from dataclasses import dataclass

from pairgrant.errors import PairgrantError
from pairgrant.oauth.resource_responses import BoardNotice
from pairgrant_protocol.errors import ProtocolError
from pairgrant_protocol.fresh_scan import proof, step_at
from pairgrant_protocol.secret import Secret
from pairgrant_protocol.vocabulary import RETURN_PIN_TRIES, PairingStage


@dataclass(frozen=True, slots=True)
class CodeIssued:
    """Step (C) can begin: what the person needs, and until when; ``expires_in`` in seconds."""

    user_code: str
    verification_uri: str
    verification_uri_complete: str | None
    expires_in: int
    expires_at: float
    proof_key: Secret | None = None
    """Where the QR code changes (``fresh_scan``): the key of its proofs."""
    interval: float | None = None
    """Seconds between two polls."""

    @property
    def scannable_uri(self) -> str:
        """The address for a QR code, with the user code in it if the server offers that (RFC 8628 §3.3.1)."""
        return self.verification_uri_complete or self.verification_uri

    def scannable_uri_at(self, now: float) -> str:
        """The address for the QR code at ``now``, with a fresh proof if the server gave a key for it."""
        uri = self.verification_uri_complete
        if self.proof_key is None or uri is None or "?" in uri or "#" in uri:
            return self.scannable_uri
        age = now - (self.expires_at - self.expires_in)
        try:
            return f"{uri}/{proof(self.proof_key, self.user_code, step_at(age))}"
        except ProtocolError:  # the code of another server has another form
            return uri


@dataclass(frozen=True, slots=True)
class BrowserOpened:
    """A browser on this machine was sent to ``uri``; the device waits ``expires_in`` seconds for the
    redirect.
    """

    uri: str
    expires_in: int


@dataclass(frozen=True, slots=True)
class StageReached:
    """The person reached the next stage; only some servers report it."""

    stage: PairingStage


@dataclass(frozen=True, slots=True)
class NumberShown:
    """The device has to show ``number``, two digits, and the person types it on the phone."""

    number: str


@dataclass(frozen=True, slots=True)
class PinRequested:
    """The request is approved, and the device has to send the digits on the phone; ``wrong`` counts wrong
    attempts.
    """

    wrong: int = 0

    @property
    def tries_left(self) -> int:
        return max(RETURN_PIN_TRIES - self.wrong, 1)


@dataclass(frozen=True, slots=True)
class PollFailed:
    """The last poll failed; the next one comes at ``retry_at``. ``since``: Unix time of the first failure."""

    reason: str
    retry_at: float
    since: float | None = None


@dataclass(frozen=True, slots=True)
class PollRecovered:
    """The server responds again."""


@dataclass(frozen=True, slots=True)
class WarningIssued:
    """A warning for the person, shown once."""

    text: str


@dataclass(frozen=True, slots=True)
class CodeDelayed:
    """There is no code to show because of ``error``, since ``since`` (Unix time); the next request comes at
    ``retry_at``.
    """

    error: PairgrantError
    since: float
    retry_at: float


PairingEvent = (
    CodeIssued
    | BrowserOpened
    | StageReached
    | NumberShown
    | PinRequested
    | PollFailed
    | PollRecovered
    | WarningIssued
    | CodeDelayed
)


@dataclass(frozen=True, slots=True)
class UserIdentified:
    """The name of the user who connected this device, as the server has it."""

    name: str


@dataclass(frozen=True, slots=True)
class NoticesReceived:
    """The current notices, and where a person posts them if the server says it."""

    notices: tuple[BoardNotice, ...]
    page: str | None = None


@dataclass(frozen=True, slots=True)
class NoticesUnavailable:
    """The notices can't be shown; ``is_final`` if waiting won't help, otherwise they are requested again at
    ``retry_at``.
    """

    reason: str
    is_final: bool = False
    retry_at: float | None = None


SignedInEvent = UserIdentified | NoticesReceived | NoticesUnavailable
