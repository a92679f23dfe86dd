"""Identifiers (``jti``) that may be used once."""

from typing import Protocol


class SpentIdentifierStore(Protocol):
    async def spend_identifier(self, identifier_digest: bytes, until: float) -> bool:
        """True for the first call; False for later ones, at least until ``until``.

        For a ``jti`` that may be used once, and for one that may no longer be used.
        """

    async def is_spent(self, identifier_digest: bytes) -> bool: ...
