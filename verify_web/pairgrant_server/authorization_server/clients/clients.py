"""Client applications: registration, look-up, authentication by secret, and allowed scopes (RFC 6749 §2)."""

import secrets

from pairgrant_protocol.messages import split_scope
from pairgrant_protocol.secret import Secret
from pairgrant_protocol.vocabulary import GrantType
from pairgrant_server.authorization_server.clients.error import ClientError
from pairgrant_server.authorization_server.clients.private_key_jwt import PrivateKeyJwt
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
"""How long this process may use a client's earlier registration after another process changed it."""


class Clients:
    """Registration by the operator, look-up by the endpoints."""

    def __init__(self, store: ClientStore, key: ServerKey, clock: Clock, assertions: PrivateKeyJwt) -> None:
        self._store = store
        self._key = key
        self._clock = clock
        self.assertions = assertions
        self._known: dict[str, tuple[float, Client]] = {}

    def known(self, client_id: str) -> Client | None:
        """The client as it was at most ``STALE_SECONDS`` ago; None if it has to be read with ``client``."""
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
        """Register a client; without a secret and keys it is public.

        Raises:
            ClientError: the registration is invalid, or its identifier is taken.
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
        """Store a new client, and return it as it is stored.

        Raises:
            ClientError: the registration is invalid, or its identifier is taken.
        """
        client = checked(client)
        if not await self._store.add_client(client):
            raise ClientError(
                f"There is a client {client.client_id!r} already; "
                "change it with set, remove it first, or choose another ID.",
                "client_id",
            )
        return client

    async def replace(self, client: Client) -> Client:
        """Change a client; issued tokens stay valid. Other processes use the change within seconds.

        Raises:
            ClientError: the registration is invalid, or the client was removed.
        """
        client = checked(client)
        if not await self._store.replace_client(client):
            raise ClientError(f"The client {client.client_id!r} has been removed meanwhile.", "client_id")
        self._known.pop(client.client_id, None)
        return client

    async def remove(self, client_id: str) -> bool:
        """Remove a client and its tokens; False if it does not exist.

        Other processes notice within seconds.
        """
        self._known.pop(client_id, None)
        return await self._store.remove_client(client_id)

    def authenticates(self, client: Client, secrets_sent: tuple[Secret | None, ...]) -> bool:
        """Whether one of ``secrets_sent`` is the client's secret; a public client must send none."""
        kept = client.secret_digest
        if kept is None:
            return (
                client.jwks is None and None in secrets_sent
            )  # a client with keys signs and sends no secret
        for sent in secrets_sent:
            if sent is not None and same(kept, self.secret_digest(client.client_id, sent)):
                return True
        return False

    def secret_digest(self, client_id: str, secret: Secret) -> bytes:
        """The keyed digest under which a secret is stored."""
        return self._key.mac("client secret", f"{client_id} {secret.reveal()}")


def forbidden_scope(client: Client, wanted: tuple[str, ...]) -> str:
    """The scopes of ``wanted`` that the client may not have, as text for an error (RFC 6749 §5.2)."""
    forbidden = [value for value in wanted if value not in client.scope]
    return " ".join(value for value in forbidden if SCOPE_TOKEN.fullmatch(value)) or "that"


def allowed_scope(client: Client, wanted: tuple[str, ...]) -> tuple[str, ...] | None:
    """The scope granted to a request for ``wanted``; None if the client may not have all of it.

    A request without a scope gets the client's own (RFC 6749 §3.3). ``offline_access`` is granted only to a
    client that may use refresh tokens.
    """
    if not set(wanted) <= set(client.scope):
        return None
    granted = wanted or client.scope
    if GrantType.REFRESH_TOKEN not in client.grant_types:
        granted = tuple(value for value in granted if value != OFFLINE_ACCESS)
    return granted


def new_secret() -> Secret:
    """256 random bits, in characters that need no encoding in a Basic header."""
    return Secret(secrets.token_urlsafe(32))
