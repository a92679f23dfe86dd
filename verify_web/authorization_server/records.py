"""What the store keeps, row by row. Instants are Unix time in seconds; every secret is kept only as a digest or sealed."""

from dataclasses import dataclass, field
from typing import NamedTuple

from shared.device_grant import GrantStatus
from shared.vocabulary import GrantType, PairingStage


@dataclass(frozen=True, slots=True)
class Client:
    """A client application; ``secret_digest`` is None for a public one (RFC 6749 §2.1)."""

    client_id: str
    name: str
    grant_types: frozenset[GrantType]
    scope: tuple[str, ...]
    created_at: float
    redirect_uris: tuple[str, ...] = ()
    secret_digest: bytes | None = field(default=None, repr=False)


@dataclass(frozen=True, slots=True)
class User:
    """An end-user; ``username`` is unique and compared case-folded."""

    user_id: str
    username: str
    password_hash: str = field(repr=False)
    created_at: float
    display_name: str
    email: str | None = None
    locked: bool = False


@dataclass(frozen=True, slots=True)
class DeviceGrant:
    """One device authorization (RFC 8628 §3.2), from issue to redemption."""

    grant_id: bytes
    device_code_digest: bytes = field(repr=False)
    user_code_digest: bytes = field(repr=False)
    client_id: str
    scope: tuple[str, ...]
    interval: int
    created_at: float
    expires_at: float
    device_name: str | None
    address: str
    status: GrantStatus = GrantStatus.PENDING
    stage: PairingStage = PairingStage.WAITING
    user_id: str | None = None
    auth_time: float | None = None
    connected_device_id: str | None = None
    redeemed_at: float | None = None
    replay: bytes | None = field(default=None, repr=False)
    """The token response, sealed under the device_code, for a caller that lost it."""


class PolledGrant(NamedTuple):
    """What a poll needs to know of a grant, and no more: nothing is read as often."""

    device_code_digest: bytes
    client_id: str
    status: GrantStatus
    expires_at: float
    interval: int
    stage: PairingStage


@dataclass(frozen=True, slots=True)
class ConnectedDevice:
    """A paired device and its one family of refresh tokens; revoked means: every token of it is dead."""

    device_id: str
    user_id: str
    client_id: str
    scope: tuple[str, ...]
    name: str
    address: str
    created_at: float
    last_seen_at: float
    auth_time: float
    expires_at: float
    """When the last of its tokens dies, unless it is refreshed."""
    refresh_sequence: int = 0
    refresh_digest: bytes | None = field(default=None, repr=False)
    """SHA-256 of the one refresh token that is good now; None where none was issued."""
    rotated_at: float | None = None
    replay: bytes | None = field(default=None, repr=False)
    """The last token response, sealed under the refresh token before it, for a caller that lost it."""
    revoked_at: float | None = None


@dataclass(frozen=True, slots=True)
class Rotation:
    """One step of a family: the token with ``expected_digest`` is used up, the next one takes its place."""

    device_id: str
    expected_digest: bytes = field(repr=False)
    refresh_sequence: int
    refresh_digest: bytes = field(repr=False)
    expires_at: float
    rotated_at: float
    replay: bytes = field(repr=False)
    address: str


@dataclass(frozen=True, slots=True)
class WebSession:
    """A browser's session: who signed in, and the one code it looked up and may decide."""

    session_digest: bytes = field(repr=False)
    created_at: float
    expires_at: float
    user_id: str | None = None
    auth_time: float | None = None
    grant_id: bytes | None = None
    sealed_user_code: bytes | None = field(default=None, repr=False)
    """The code as typed, to be compared at consent; sealed under the session's cookie."""


@dataclass(frozen=True, slots=True)
class SigningKey:
    """A private key, sealed under the server key."""

    kid: str
    algorithm: str
    sealed: bytes = field(repr=False)
    created_at: float


@dataclass(frozen=True, slots=True)
class Notice:
    """A line on the board of one user."""

    notice_id: str
    user_id: str
    text: str
    created_at: float
