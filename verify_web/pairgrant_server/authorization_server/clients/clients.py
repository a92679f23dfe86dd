"""Client applications: who they are and what they may ask for (RFC 6749 §2)."""

import secrets

from pairgrant_protocol.messages import split_scope
from pairgrant_protocol.secret import Secret
from pairgrant_protocol.vocabulary import GrantType
from pairgrant_server.authorization_server.clients.error import ClientError
from pairgrant_server.authorization_server.clients.private_key_jwt import ClientAssertions
from pairgrant_server.authorization_server.clients.validation import SCOPE_TOKEN, checked
from pairgrant_server.authorization_server.clock import Clock
from pairgrant_server.authorization_server.model.client_policy import DEFAULT_POLICY, ClientPolicy
from pairgrant_server.authorization_server.model.records import Client
from pairgrant_server.authorization_server.model.scopes import OFFLINE_ACCESS
from pairgrant_server.authorization_server.secrets.server_key import ServerKey, same
from pairgrant_server.authorization_server.store.interface.clients import ClientStore

__all__ = [
    "ClientError",
    "Clients",
    "allowed_scope",
    "forbidden_scope",
    "new_secret",
]

_MOST_KNOWN = 10_000

STALE_SECONDS = 2.0
"""How long a change of a client by another process may go unnoticed."""


class Clients:
    """Registration by the operator, look-up by the endpoints."""

    def __init__(
        self, store: ClientStore, key: ServerKey, clock: Clock, assertions: ClientAssertions
    ) -> None:
        self._store = store
        self._key = key
        self._clock = clock
        self.assertions = assertions
        self._known: dict[str, tuple[float, Client]] = {}

    def known(self, client_id: str) -> Client | None:
        """The client as it was at most ``STALE_SECONDS`` ago; None: ask ``client``."""
        found = self._known.get(client_id)
        return found[1] if found is not None and 0 <= self._clock() - found[0] < STALE_SECONDS else None

    async def client(self, client_id: str) -> Client | None:
        """The client as it is now."""
        now = self._clock()
        client = await self._store.client(client_id)
        if client is not None:
            if len(self._known) >= _MOST_KNOWN:
                self._known.clear()
            self._known[client_id] = (now, client)
        return client

    async def all(self) -> list[Client]:
        return list(await self._store.clients())

    async def add(
        self,
        client_id: str,
        name: str,
        *,
        secret: Secret | None,
        grant_types: frozenset[GrantType],
        scope: str,
        redirect_uris: tuple[str, ...] = (),
        jwks: str | None = None,
        policy: ClientPolicy = DEFAULT_POLICY,
    ) -> Client:
        """Register a client; one with neither a secret nor keys is public.

        Raises:
            ClientError: it makes no sense, or its identifier is taken.
        """
        return await self.register(
            Client(
                client_id=client_id,
                name=name,
                grant_types=grant_types,
                scope=split_scope(scope),
                created_at=self._clock(),
                redirect_uris=redirect_uris,
                secret_digest=None if secret is None else self.secret_digest(client_id, secret),
                jwks=jwks,
                policy=policy,
            )
        )

    async def register(self, client: Client) -> Client:
        """Keep a new client; as it is kept, it is returned.

        Raises:
            ClientError: it makes no sense, or its identifier is taken.
        """
        client = checked(client)
        if not await self._store.add_client(client):
            raise ClientError(
                f"There is a client {client.client_id!r} already; change it with set, remove it first, or choose "
                "another ID.",
                "client_id",
            )
        return client

    async def replace(self, client: Client) -> Client:
        """Change a client; its tokens stay. Other processes notice within seconds.

        Raises:
            ClientError: it makes no sense, or is not registered any more.
        """
        client = checked(client)
        if not await self._store.replace_client(client):
            raise ClientError(f"The client {client.client_id!r} has been removed meanwhile.", "client_id")
        self._known.pop(client.client_id, None)
        return client

    async def remove(self, client_id: str) -> bool:
        """Remove a client with every token it has; False if there is none. Other processes notice within seconds."""
        self._known.pop(client_id, None)
        return await self._store.remove_client(client_id)

    def shown_any(self, client: Client, spellings: tuple[Secret | None, ...]) -> bool:
        """Whether one of ``spellings`` is the client's secret; a public client has none, and none is what it must show."""
        kept = client.secret_digest
        if kept is None:
            return client.jwks is None and None in spellings  # with keys it signs, and shows nothing
        return any(
            shown is not None and same(kept, self.secret_digest(client.client_id, shown))
            for shown in spellings
        )

    def secret_digest(self, client_id: str, secret: Secret) -> bytes:
        """What is kept of a secret."""
        return self._key.mac("client secret", f"{client_id} {secret.reveal()}")


def forbidden_scope(client: Client, wanted: tuple[str, ...]) -> str:
    """What of ``wanted`` the client may not ask for, as far as it may stand in an error (RFC 6749 §5.2)."""
    forbidden = [value for value in wanted if value not in client.scope]
    return " ".join(value for value in forbidden if SCOPE_TOKEN.fullmatch(value)) or "that"


def allowed_scope(client: Client, wanted: tuple[str, ...]) -> tuple[str, ...] | None:
    """What a request for ``wanted`` is granted: all of it, or None where the client may not ask for some of it.

    A request without a scope means the client's own (RFC 6749 §3.3). ``offline_access`` is only granted to a client
    that can use a refresh token: a scope is a promise.
    """
    if not set(wanted) <= set(client.scope):
        return None
    granted = wanted or client.scope
    if GrantType.REFRESH_TOKEN not in client.grant_types:
        granted = tuple(value for value in granted if value != OFFLINE_ACCESS)
    return granted


def new_secret() -> Secret:
    """256 random bits, as a client may send them in a header without encoding."""
    return Secret(secrets.token_urlsafe(32))
