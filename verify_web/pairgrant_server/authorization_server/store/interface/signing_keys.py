"""The server's signing keys."""

from collections.abc import Sequence
from typing import Protocol

from pairgrant_server.authorization_server.model.records import SigningKey


class SigningKeyStore(Protocol):
    async def signing_keys(self) -> Sequence[SigningKey]:
        """Newest first."""

    async def add_signing_key(self, key: SigningKey, *, unless_since: float) -> bool:
        """False if a key of the same algorithm was created at ``unless_since`` or later.

        So processes that add a key at the same time agree on one.
        """

    async def remove_signing_key(self, kid: str) -> bool: ...
