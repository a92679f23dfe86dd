"""The server's signing keys."""

from collections.abc import Sequence
from typing import Protocol

from pairgrant_server.authorization_server.model.records import SigningKey


class SigningKeyStore(Protocol):
    async def signing_keys(self) -> Sequence[SigningKey]:
        """The youngest first."""

    async def add_signing_key(self, key: SigningKey, *, unless_since: float) -> bool:
        """False if one of the same algorithm was made at ``unless_since`` or later, so that processes agree on one key."""

    async def remove_signing_key(self, kid: str) -> bool: ...
