"""Initial access tokens: who may register clients, and which (RFC 7591 §3)."""

from collections.abc import Sequence

from pairgrant_protocol.base64url import base64url
from pairgrant_protocol.secret import Secret
from pairgrant_protocol.vocabulary import GrantType
from pairgrant_server.authorization_server.clients.registration_floor import checked_floor
from pairgrant_server.authorization_server.clock import Clock
from pairgrant_server.authorization_server.model.client_policy import DEFAULT_POLICY, ClientPolicy
from pairgrant_server.authorization_server.model.records import InitialAccessToken
from pairgrant_server.authorization_server.secrets.identifiers import SECRET_BYTES, RandomBytes
from pairgrant_server.authorization_server.secrets.server_key import digest, same
from pairgrant_server.authorization_server.store.interface.initial_access_tokens import (
    InitialAccessTokenStore,
)


class InitialAccessTokens:
    def __init__(self, store: InitialAccessTokenStore, clock: Clock, random_bytes: RandomBytes) -> None:
        self._store = store
        self._clock = clock
        self._random_bytes = random_bytes

    async def add(
        self,
        name: str,
        *,
        grant_types: frozenset[GrantType],
        scope: tuple[str, ...],
        uses: int,
        lifetime: int,
        policy: ClientPolicy = DEFAULT_POLICY,
    ) -> Secret:
        """A new token for ``uses`` registrations within ``lifetime`` seconds; only its digest is stored.

        ``policy`` is the floor of the clients that register with it.

        Raises:
            ClientError: a rule is invalid, has no effect with ``grant_types``, or would loosen the profile.
        """
        policy = checked_floor(policy, grant_types, scope)
        token = Secret(base64url(self._random_bytes(SECRET_BYTES)))
        now = self._clock()
        await self._store.add_initial_access_token(
            InitialAccessToken(digest(token), name, grant_types, scope, uses, now, now + lifetime, policy)
        )
        return token

    async def all(self) -> Sequence[InitialAccessToken]:
        """The tokens that can still be used, the latest first."""
        now = self._clock()
        return [
            token
            for token in await self._store.initial_access_tokens()
            if token.remaining > 0 and token.expires_at > now
        ]

    async def remove(self, name: str) -> bool:
        """False if no token has that name."""
        return await self._store.remove_initial_access_token(name)

    async def find(self, token: Secret) -> InitialAccessToken | None:
        """The registration rights of ``token``; None if it can't be used any more.

        This uses up none of them.
        """
        sent = digest(token)
        return next((known for known in await self.all() if same(known.token_digest, sent)), None)

    async def use(self, token: InitialAccessToken) -> bool:
        """Use up one registration; False if none is left."""
        return await self._store.use_initial_access_token(token.token_digest, self._clock()) is not None
