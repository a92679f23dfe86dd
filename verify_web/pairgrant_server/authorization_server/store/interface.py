"""The one narrow door to the database. Every state change is a single atomic statement or transaction.

A method that changes something returns once the change is durable. Those that return ``bool`` are compare-and-sets:
True for the one winner, False for everyone else, on any number of tasks and processes.

Raises (every method):
    StoreUnavailableError: the database can't be reached or can't write; nothing of the call has happened. The one
        exception: when the connection to a database server breaks between a change and its acknowledgement, the change
        has happened as a whole or not at all, and no one knows which. It is never repeated on the quiet; asking again
        is safe, because a change that was done before wins nothing the second time.
    UnstorableError: a value to be kept is none that the engine can keep; nothing of the call has happened. A look-up by
        such a value finds nothing, and raises nothing.
"""

from collections.abc import Callable, Sequence
from typing import Protocol

from pairgrant_protocol.device_grant import GrantStatus
from pairgrant_protocol.vocabulary import PairingStage
from pairgrant_server.authorization_server.model.records import (
    AuthorizationDecision,
    AuthorizationGrant,
    Client,
    ConnectedDevice,
    Consent,
    DeviceGrant,
    Identity,
    InitialAccessToken,
    Notice,
    PolledGrant,
    Rotation,
    SigningKey,
    Upstream,
    User,
    WebSession,
)


class StoreUnavailableError(Exception):
    """The database is gone for a while: answer 503 with Retry-After, never a verdict on someone's grant."""


class UnstorableError(ValueError):
    """A text of the call can't be kept (NUL, half a surrogate pair): the caller's mistake, the same at every try."""


class DatabaseError(Exception):
    """The database can't be used as it is; the text says what to do."""


class ClientStore(Protocol):
    async def add_client(self, client: Client) -> bool:
        """False if the client_id is taken."""

    async def client(self, client_id: str) -> Client | None: ...

    async def clients(self) -> Sequence[Client]: ...

    async def replace_client(self, client: Client) -> bool:
        """Put ``client`` in the place of the one with its client_id, whose tokens stay; False if there is none."""

    async def remove_client(self, client_id: str) -> bool:
        """Remove the client, its grants and its connected devices; False if there is none."""


class UserStore(Protocol):
    async def add_user(self, user: User) -> bool:
        """False if the username is taken."""

    async def user(self, user_id: str) -> User | None: ...

    async def user_by_name(self, username: str) -> User | None: ...

    async def users(self) -> Sequence[User]: ...

    async def set_user_locked(self, user_id: str, *, locked: bool) -> bool:
        """A lock ends every session of the user, for good."""

    async def set_password_hash(self, user_id: str, password_hash: str) -> bool:
        """A new password ends every session of the user."""

    async def renew_password_hash(self, user_id: str, old_hash: str, new_hash: str) -> bool:
        """The same password hashed anew, unless another has been set meanwhile; sessions go on."""

    async def set_user_profile(self, user_id: str, display_name: str, email: str | None) -> bool: ...

    async def remove_user(self, user_id: str) -> bool:
        """Remove the user with all sessions, grants, connected devices and notices; False if there is none."""


class DeviceGrantStore(Protocol):
    async def insert_grant(self, grant: DeviceGrant) -> bool:
        """False if another grant that is still kept has the same user_code."""

    async def grant(self, grant_id: bytes) -> DeviceGrant | None: ...

    async def polled_grant(self, grant_id: bytes) -> PolledGrant | None: ...

    async def grant_by_user_code(self, user_code_digest: bytes) -> DeviceGrant | None: ...

    async def decide_grant(
        self,
        grant_id: bytes,
        status: GrantStatus,
        user_id: str,
        auth_time: float,
        now: float,
        *,
        scope: tuple[str, ...] | None = None,
    ) -> bool:
        """PENDING and not expired at ``now`` -> APPROVED or DENIED; ``scope`` is what was approved, all of it where None."""

    async def redeem_grant(self, grant_id: bytes, device: ConnectedDevice, replay: bytes, now: float) -> bool:
        """APPROVED and not expired at ``now`` -> REDEEMED, and the connected device is born, both or neither."""

    async def set_grant_interval(self, grant_id: bytes, interval: int) -> None:
        """Remember a ``slow_down``; the interval never shrinks."""

    async def set_grant_stage(self, grant_id: bytes, stage: PairingStage) -> None:
        """Remember how far the person has come with a pending grant."""


class AuthorizationGrantStore(Protocol):
    async def insert_authorization(self, grant: AuthorizationGrant) -> None: ...

    async def authorization(self, grant_id: bytes) -> AuthorizationGrant | None: ...

    async def decide_authorization(self, decision: AuthorizationDecision, now: float) -> bool:
        """PENDING and not expired at ``now`` -> APPROVED or DENIED."""

    async def redeem_authorization(self, grant_id: bytes, device: ConnectedDevice, now: float) -> bool:
        """APPROVED and not expired at ``now`` -> REDEEMED, and the family of tokens is born, both or neither."""


class ConsentStore(Protocol):
    async def put_consent(self, consent: Consent) -> None:
        """Insert, or replace the one of the same person and client."""

    async def consent(self, user_id: str, client_id: str) -> Consent | None: ...

    async def remove_consent(self, user_id: str, client_id: str) -> bool: ...


class SpentIdentifierStore(Protocol):
    async def spend_identifier(self, identifier_digest: bytes, until: float) -> bool:
        """True for the one that comes first; False as long as it is remembered, which is until ``until`` at least.

        For a ``jti`` that may be used once, and for one that may not be used any more.
        """

    async def is_spent(self, identifier_digest: bytes) -> bool: ...


class ConnectedDeviceStore(Protocol):
    async def add_connected_device(self, device: ConnectedDevice) -> None:
        """A family of tokens that no stored grant stands behind (RFC 7523 §2.1)."""

    async def connected_device(self, device_id: str) -> ConnectedDevice | None: ...

    async def connected_devices(self, user_id: str, now: float) -> Sequence[ConnectedDevice]:
        """Those neither revoked nor dead of age at ``now``, the youngest first."""

    async def rotate_refresh(self, rotation: Rotation) -> bool:
        """Use up the refresh token of a device that is not revoked and put the next one in its place."""

    async def revoke_device(self, device_id: str, now: float) -> bool:
        """True if it was connected until now; its refresh token and replays are gone with it."""


class SessionStore(Protocol):
    async def put_session(self, session: WebSession) -> None:
        """Insert, or replace the one with the same digest."""

    async def session(self, session_digest: bytes) -> WebSession | None: ...

    async def remove_session(self, session_digest: bytes) -> None: ...


class AttemptStore(Protocol):
    async def spend_attempts(self, subjects: Sequence[str], window: int, weight: int = 1) -> Sequence[int]:
        """Add ``weight`` (negative: give back) to each subject's count in ``window``; the new counts, in order.

        The subjects are all different.
        """

    async def attempts(self, subject: str, since: int) -> int:
        """The sum of a subject's counts in the windows that began at ``since`` or later."""


class SigningKeyStore(Protocol):
    async def signing_keys(self) -> Sequence[SigningKey]:
        """The youngest first."""

    async def add_signing_key(self, key: SigningKey, *, unless_since: float) -> bool:
        """False if one of the same algorithm was made at ``unless_since`` or later, so that processes agree on one key."""

    async def remove_signing_key(self, kid: str) -> bool: ...


class InitialAccessTokenStore(Protocol):
    async def add_initial_access_token(self, token: InitialAccessToken) -> None: ...

    async def initial_access_tokens(self) -> Sequence[InitialAccessToken]:
        """The youngest first, those that have ended included until they are swept."""

    async def use_initial_access_token(self, token_digest: bytes, now: float) -> InitialAccessToken | None:
        """Take one of its registrations; None where it is unknown, has expired at ``now``, or has none left."""

    async def remove_initial_access_token(self, name: str) -> bool:
        """Remove every one that was given this name."""


class UpstreamStore(Protocol):
    async def put_upstream(self, upstream: Upstream) -> None:
        """Insert, or replace the one with the same name."""

    async def upstreams(self) -> Sequence[Upstream]:
        """In the order of their names."""

    async def remove_upstream(self, name: str) -> bool: ...


class IdentityStore(Protocol):
    async def add_identity(self, identity: Identity) -> bool:
        """False if that account elsewhere is someone's already."""

    async def add_user_with_identity(self, user: User, identity: Identity) -> bool:
        """A new user who signs in elsewhere, both or neither; False if the username or the account elsewhere is taken."""

    async def user_by_identity(self, issuer: str, subject: str) -> User | None: ...

    async def identities(self, user_id: str) -> Sequence[Identity]: ...

    async def remove_identity(self, issuer: str, subject: str) -> bool: ...


class NoticeStore(Protocol):
    async def notices(self, user_id: str) -> Sequence[Notice]:
        """The youngest first."""

    async def add_notice(self, notice: Notice, *, limit: int) -> bool:
        """False if the user's board already holds ``limit`` notices, or the user is gone."""

    async def remove_notice(self, user_id: str, notice_id: str) -> bool: ...


class Store(
    ClientStore,
    UserStore,
    DeviceGrantStore,
    AuthorizationGrantStore,
    ConsentStore,
    SpentIdentifierStore,
    ConnectedDeviceStore,
    SessionStore,
    AttemptStore,
    SigningKeyStore,
    InitialAccessTokenStore,
    UpstreamStore,
    IdentityStore,
    NoticeStore,
    Protocol,
):
    """All of it, as an engine offers it; a service asks for no more than the part it needs."""

    def listen(self, heard: Callable[[bytes | None], None]) -> None:
        """Call ``heard`` in this event loop's thread when another process may have changed a grant, until ``close``.

        With the grant's id, or with None: any grant may have changed. Only ever a hint: it may come late, twice or for
        nothing, and what this process changed itself need not be heard.
        """

    async def sweep(self, now: float) -> int:
        """Remove what expired long enough ago that no one asks for it; the number of rows removed."""

    async def close(self) -> None:
        """Write what is queued and let go of the database."""
