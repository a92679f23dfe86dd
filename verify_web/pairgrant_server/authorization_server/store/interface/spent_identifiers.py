"""Identifiers (``jti``) that may be used once."""

from typing import Protocol


class SpentIdentifierStore(Protocol):
    async def spend_identifier(self, identifier_digest: bytes, until: float) -> bool:
        """True for the one that comes first; False as long as it is remembered, which is until ``until`` at least.

        For a ``jti`` that may be used once, and for one that may not be used any more.
        """

    async def is_spent(self, identifier_digest: bytes) -> bool: ...
