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
        """Lock or unlock the user; a lock ends all of their sessions permanently."""

    async def set_password_hash(
        self, user_id: str, password_hash: str, *, connections_end: float | None = None
    ) -> bool:
        """Set a new password, which ends all sessions of the user; False if there is no such user.

        If ``connections_end`` is a time, all devices of the user are revoked then, and what was approved for
        them and is not redeemed is denied. All of it is one transaction.
        """

    async def renew_password_hash(self, user_id: str, old_hash: str, new_hash: str) -> bool:
        """Replace ``old_hash`` by another hash of the same password; sessions continue.

        False if the user has another hash by now.
        """

    async def set_user_profile(self, user_id: str, display_name: str, email: str | None) -> bool: ...

    async def set_user_locale(self, user_id: str, language: str | None, time_zone: str | None) -> bool:
        """Set the language of the pages and the time zone; False if there is no such user."""

    async def remove_user(self, user_id: str) -> bool:
        """Remove the user with all sessions, grants, connected devices and notices;

        False if there is none.
        """
