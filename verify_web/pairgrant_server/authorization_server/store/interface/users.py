"""Accounts of people."""

from collections.abc import Sequence
from typing import Protocol

from pairgrant_server.authorization_server.model.records import User


class UserStore(Protocol):
    async def add_user(self, user: User) -> bool:
        """False if the username is taken."""

    async def user(self, user_id: str) -> User | None: ...

    async def user_by_name(self, username: str) -> User | None: ...

    async def users(self) -> Sequence[User]: ...

    async def set_user_locked(self, user_id: str, *, locked: bool) -> bool:
        """A lock ends every session of the user, for good."""

    async def set_password_hash(self, user_id: str, password_hash: str) -> bool:
        """A new password ends every session of the user."""

    async def renew_password_hash(self, user_id: str, old_hash: str, new_hash: str) -> bool:
        """The same password hashed anew, unless another has been set meanwhile; sessions go on."""

    async def set_user_profile(self, user_id: str, display_name: str, email: str | None) -> bool: ...

    async def remove_user(self, user_id: str) -> bool:
        """Remove the user with all sessions, grants, connected devices and notices; False if there is none."""
