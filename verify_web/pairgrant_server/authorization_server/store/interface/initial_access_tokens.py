"""Tokens that let their bearer register clients (RFC 7591 §3)."""

from collections.abc import Sequence
from typing import Protocol

from pairgrant_server.authorization_server.model.records import InitialAccessToken


class InitialAccessTokenStore(Protocol):
    async def add_initial_access_token(self, token: InitialAccessToken) -> None: ...

    async def initial_access_tokens(self) -> Sequence[InitialAccessToken]:
        """Newest first, including expired ones until they are swept."""

    async def use_initial_access_token(self, token_digest: bytes, now: float) -> InitialAccessToken | None:
        """Use one of its registrations; None if it is unknown, has expired at ``now``, or has none left."""

    async def remove_initial_access_token(self, name: str) -> bool:
        """Remove all tokens of this name."""
