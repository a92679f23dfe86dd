"""The records of the store.

Instants are Unix time in seconds; a secret is stored only as a digest or sealed.
"""

from dataclasses import field

from pairgrant_protocol.device_grant import GrantStatus
from pairgrant_protocol.record import record
from pairgrant_protocol.sign_in_end import EndedBy
from pairgrant_protocol.vocabulary import GrantType, PairingStage
from pairgrant_server.authorization_server.model.client_policy import DEFAULT_POLICY, ClientPolicy
from pairgrant_server.authorization_server.model.device_kind import DeviceKind


@record
class Client:
    """A client application; without a secret and keys it is public (RFC 6749 §2.1)."""

    client_id: str
    name: str
    grant_types: frozenset[GrantType]
    scope: tuple[str, ...]
    created_at: float
    redirect_uris: tuple[str, ...] = ()
    secret_digest: bytes | None = field(default=None, repr=False)
    jwks: str | None = field(default=None, repr=False)
    """The public keys (a JWK Set's JSON) of a client that authenticates by ``private_key_jwt``."""
    policy: ClientPolicy = DEFAULT_POLICY
    registered_with: str | None = None
    """The name of the initial access token with which it registered itself; None: the operator added it.

    Empty if the token is unknown, because the client registered before schema 5.
    """

    @property
    def is_public(self) -> bool:
        return self.secret_digest is None and self.jwks is None


@record
class User:
    """An end-user; ``username`` is unique and compared case-folded.

    ``password_hash`` is "" for an account that signs in only through another provider.
    """

    user_id: str
    username: str
    password_hash: str = field(repr=False)
    created_at: float
    display_name: str
    email: str | None = None
    locked: bool = False
    session_epoch: int = 0
    """Incremented by a new password and by a lock; browser sessions of an earlier epoch are signed out."""
    language: str | None = None
    """Of the pages; None: what the browser asks for."""
    time_zone: str | None = None
    """A name of the IANA database; None: the operator's."""


@record
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
    resource: str = ""
    """Space-separated resource indicators (RFC 8707) that were asked for."""
    dpop_jkt: str | None = None
    """Thumbprint of the DPoP key without which the device_code is useless."""
    code_challenge: str | None = None
    """S256 (RFC 7636), where the device sent one."""
    capabilities: str = ""
    """What the device says that it can do: space-separated ``DeviceCapability`` values."""
    device_label: str | None = None
    """Typed or provisioned at the device, such as a room or a serial number."""
    held_until: float | None = None
    """An approval takes effect only then, so that it can be undone; None if it took effect at once."""
    confirm_within: int | None = None
    """Seconds after the redemption in which the person has to confirm the device; None if they need not."""
    connection_lifetime: int | None = None
    """Longest lifetime of the connection in seconds, as approved; None: the client's."""
    cancelled_at: float | None = None
    """When the device itself ended it before it was redeemed; it is DENIED then."""


@record
class AuthorizationGrant:
    """One authorization request of the code flow (RFC 6749 §4.1), until its code is redeemed.

    PENDING until a person decides, APPROVED until its code is redeemed, then REDEEMED.
    """

    grant_id: bytes
    client_id: str
    request: str
    """The checked request's parameters as JSON; none of them is a secret."""
    created_at: float
    expires_at: float
    """When the request expires; once it is approved, when its code does."""
    status: GrantStatus = GrantStatus.PENDING
    user_id: str | None = None
    auth_time: float | None = None
    scope: tuple[str, ...] = ()
    """What the person approved."""
    code_digest: bytes | None = field(default=None, repr=False)
    connected_device_id: str | None = None
    redeemed_at: float | None = None


@record
class AuthorizationDecision:
    """A person's decision about an authorization request.

    After approval its code is valid until ``expires_at``.
    """

    grant_id: bytes
    status: GrantStatus
    user_id: str
    auth_time: float
    expires_at: float
    scope: tuple[str, ...] = ()
    code_digest: bytes | None = field(default=None, repr=False)


@record
class Consent:
    """What a person has allowed a client before, so that consent can be skipped; never for a device."""

    user_id: str
    client_id: str
    scope: tuple[str, ...]
    granted_at: float


@record
class ConnectedDevice:
    """A paired device, or another sign-in of a client, and its one family of refresh tokens.

    Once revoked, all its tokens are invalid.
    """

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
    """When the last of its tokens expires, unless it is refreshed."""
    refresh_sequence: int = 0
    refresh_digest: bytes | None = field(default=None, repr=False)
    """SHA-256 of the current refresh token; None if none was issued."""
    rotated_at: float | None = None
    replay: bytes | None = field(default=None, repr=False)
    """The last token response, sealed under the refresh token before it, for a caller that lost it."""
    revoked_at: float | None = None
    grant_type: GrantType = GrantType.DEVICE_CODE
    """The grant that created it."""
    resource: str = ""
    """Space-separated resource indicators (RFC 8707) that its tokens may be for.

    "" if none were requested.
    """
    dpop_jkt: str | None = None
    """Thumbprint of the DPoP key that its tokens are bound to."""
    ends_at: float | None = None
    """When the connection ends however active it is, as approved; None: the client's lifetime alone."""
    confirm_by: float | None = None
    """All its tokens are invalid from then on, unless the person confirms the device before."""
    ended_by: EndedBy | None = None
    """Who or what revoked it; None also for one that a version before schema 9 revoked."""
    kind: DeviceKind = DeviceKind.DEVICE
    given_name: str | None = None
    """The person's own name for it."""
    remove_at: float | None = None
    """Its person removes it: all its tokens are invalid from then on, unless that is undone before."""

    def has_ended(self, now: float) -> bool:
        """Whether its tokens are invalid: it was revoked, removed, or not confirmed in time."""
        return has_ended(self.revoked_at, self.confirm_by, self.remove_at, now)


def has_ended(
    revoked_at: float | None, confirm_by: float | None, remove_at: float | None, now: float
) -> bool:
    """``ConnectedDevice.has_ended``, for reads that give only these fields of it."""
    return (
        revoked_at is not None
        or (confirm_by is not None and now >= confirm_by)
        or (remove_at is not None and now >= remove_at)
    )


@record
class WebSession:
    """A browser session: the signed-in account, if any. What it looked up are its ``SessionPairing``."""

    session_digest: bytes = field(repr=False)
    created_at: float
    expires_at: float
    user_id: str | None = None
    auth_time: float | None = None
    sealed_upstream: bytes | None = field(default=None, repr=False)
    """A sign-in that is under way at another provider; sealed under the session's cookie."""
    session_epoch: int = 0
    """The user's when they signed in."""
    browser_id: str | None = None
    """Kept when the cookie changes, so that a browser can be told from another one."""
    sealed_successor: bytes | None = field(default=None, repr=False)
    """Of a session that has ended: the cookie that took its place, sealed under its own."""


@record
class SessionPairing:
    """A code that a browser session looked up, and may decide."""

    session_digest: bytes = field(repr=False)
    grant_id: bytes
    sealed_user_code: bytes = field(repr=False)
    """The code as typed, to be compared at consent; sealed under the session's cookie."""
    looked_up_at: float
    arrival: str | None = None
    """How this browser came to the code, as JSON."""


@record
class SigningKey:
    """A private key, sealed under the server key."""

    kid: str
    algorithm: str
    sealed: bytes = field(repr=False)
    created_at: float


@record
class Upstream:
    """An upstream OpenID provider through which people may sign in."""

    name: str
    """Its name in URLs and commands."""
    label: str
    """The text on its button."""
    issuer: str
    client_id: str
    sealed_secret: bytes | None = field(repr=False)
    """The client_secret there, sealed under the server key; None for a public client."""
    scope: tuple[str, ...]
    creates_accounts: bool
    """Whether first-time users get an account automatically."""
    created_at: float


@record
class Identity:
    """An account at an upstream provider (``iss`` and ``sub``), and the account it belongs to here."""

    issuer: str
    subject: str
    user_id: str
    created_at: float


@record
class InitialAccessToken:
    """The right to register clients (RFC 7591 §3)."""

    token_digest: bytes = field(repr=False)
    name: str
    """Chosen by the operator."""
    grant_types: frozenset[GrantType]
    scope: tuple[str, ...]
    remaining: int
    """Registrations left."""
    created_at: float
    expires_at: float
    policy: ClientPolicy = DEFAULT_POLICY
    """The floor: rules that a registration can only make stricter."""


@record
class Notice:
    """A line on the board of one user."""

    notice_id: str
    user_id: str
    text: str
    created_at: float
