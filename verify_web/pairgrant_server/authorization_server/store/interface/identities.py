"""Accounts at upstream providers, linked to users here."""

from collections.abc import Sequence
from typing import Protocol

from pairgrant_server.authorization_server.model.records import Identity, User


class IdentityStore(Protocol):
    async def add_identity(self, identity: Identity) -> bool:
        """False if the upstream account is linked already."""

    async def add_user_with_identity(self, user: User, identity: Identity) -> bool:
        """Add a user with an upstream account, both or neither;

        False if the username or that account is taken.
        """

    async def user_by_identity(self, issuer: str, subject: str) -> User | None: ...

    async def identities(self, user_id: str) -> Sequence[Identity]: ...

    async def remove_identity(self, issuer: str, subject: str) -> bool: ...
