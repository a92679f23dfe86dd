"""What a pairing and a signed-in session tell whoever shows them: the screens, the plain text and the JSON lines.

No event carries a ``device_code`` or a token. Texts of a server arrive here as it sent them and are made visible by
whoever shows them. Instants (``…_at``) are seconds of the device's monotonic clock.
"""

from dataclasses import dataclass

from pairgrant.oauth.resource_responses import BoardNotice
from pairgrant_protocol.vocabulary import RETURN_PIN_TRIES, PairingStage


@dataclass(frozen=True, slots=True)
class CodeIssued:
    """Step (C) can begin: what the person needs, and until when; ``expires_in`` in seconds."""

    user_code: str
    verification_uri: str
    verification_uri_complete: str | None
    expires_in: int
    expires_at: float

    @property
    def scannable_uri(self) -> str:
        """The address for a QR code: with the user code inside where the server offers that (RFC 8628 §3.3.1)."""
        return self.verification_uri_complete or self.verification_uri


@dataclass(frozen=True, slots=True)
class BrowserOpened:
    """A browser on this machine was sent to ``uri``; ``expires_in`` seconds are waited for it to come back."""

    uri: str
    expires_in: int


@dataclass(frozen=True, slots=True)
class StageReached:
    """The person got further; only some servers tell."""

    stage: PairingStage


@dataclass(frozen=True, slots=True)
class PinRequested:
    """Approved, but the device has to be told the digits that only the phone shows; ``wrong``: so often they weren't."""

    wrong: int = 0

    @property
    def tries_left(self) -> int:
        return max(RETURN_PIN_TRIES - self.wrong, 1)


@dataclass(frozen=True, slots=True)
class PollFailed:
    """The last poll brought nothing; the next one comes at ``retry_at``."""

    reason: str
    retry_at: float


@dataclass(frozen=True, slots=True)
class PollRecovered:
    """The server answers again."""


@dataclass(frozen=True, slots=True)
class WarningIssued:
    """Something the person should know, said once."""

    text: str


PairingEvent = (
    CodeIssued | BrowserOpened | StageReached | PinRequested | PollFailed | PollRecovered | WarningIssued
)


@dataclass(frozen=True, slots=True)
class UserIdentified:
    """Who connected this device, as the server calls them."""

    name: str


@dataclass(frozen=True, slots=True)
class NoticesReceived:
    """The board as it is now."""

    notices: tuple[BoardNotice, ...]


@dataclass(frozen=True, slots=True)
class NoticesUnavailable:
    """The board can't be shown now; ``for_good`` where waiting won't help."""

    reason: str
    for_good: bool = False


SignedInEvent = UserIdentified | NoticesReceived | NoticesUnavailable
