"""Who may register clients, and which: tokens that an operator hands out (RFC 7591 §3)."""

from collections.abc import Sequence

from pairgrant_protocol.base64url import base64url
from pairgrant_protocol.secret import Secret
from pairgrant_protocol.vocabulary import GrantType
from pairgrant_server.authorization_server.clock import Clock
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
    ) -> Secret:
        """A new token for ``uses`` registrations within ``lifetime`` seconds; only its digest is kept."""
        token = Secret(base64url(self._random_bytes(SECRET_BYTES)))
        now = self._clock()
        await self._store.add_initial_access_token(
            InitialAccessToken(digest(token), name, grant_types, scope, uses, now, now + lifetime)
        )
        return token

    async def all(self) -> Sequence[InitialAccessToken]:
        """Those that can still be used, the youngest first."""
        now = self._clock()
        return [
            token
            for token in await self._store.initial_access_tokens()
            if token.remaining > 0 and token.expires_at > now
        ]

    async def remove(self, name: str) -> bool:
        """False if there is none of that name."""
        return await self._store.remove_initial_access_token(name)

    async def shown(self, token: Secret) -> InitialAccessToken | None:
        """What ``token`` allows, if it can still be used; nothing of it is used up by looking."""
        shown = digest(token)
        return next((known for known in await self.all() if same(known.token_digest, shown)), None)

    async def use(self, token: InitialAccessToken) -> bool:
        """Take one of its registrations; False where others were faster."""
        return await self._store.use_initial_access_token(token.token_digest, self._clock()) is not None
