"""Which account an upstream identity belongs to, step (D): by issuer and subject, never by e-mail address.

A provider may let people enter any address, or reassign an address to another person. Matching by address
would let that person into an existing account.
"""

import secrets
from collections.abc import Callable, Sequence
from typing import Protocol

from pairgrant_server.accounts.account_error import AccountError
from pairgrant_server.accounts.upstream.first_time_user import profile, usernames
from pairgrant_server.accounts.upstream.upstream_user import UpstreamUser
from pairgrant_server.authorization_server.clock import Clock
from pairgrant_server.authorization_server.model.records import Identity, User
from pairgrant_server.authorization_server.store.interface.identities import IdentityStore
from pairgrant_server.authorization_server.store.interface.users import UserStore

_MAX_SUBJECT = 255


class UserAndIdentityStore(UserStore, IdentityStore, Protocol):
    """Identities are linked to accounts, so both are needed."""


class UpstreamAccounts:
    def __init__(
        self, store: UserAndIdentityStore, clock: Clock, token_hex: Callable[[int], str] = secrets.token_hex
    ) -> None:
        self._store = store
        self._clock = clock
        self._token_hex = token_hex

    async def user(self, person: UpstreamUser) -> User | None:
        """The account linked to this identity, locked or not."""
        return await self._store.user_by_identity(person.issuer, person.subject)

    async def add(self, person: UpstreamUser) -> User:
        """Create the account of a first-time user; it has no password.

        Of several concurrent sign-ins of one person, exactly one creates it.
        """
        while True:
            for username in usernames(person, self._token_hex(4)):
                user = self._new(person, username)
                identity = Identity(person.issuer, person.subject, user.user_id, user.created_at)
                if await self._store.add_user_with_identity(user, identity):
                    return user
                known = await self.user(person)
                if known is not None:
                    return known

    async def link(self, user: User, issuer: str, subject: str) -> None:
        """Link an upstream identity to ``user``.

        Raises:
            AccountError: it is already linked to someone, or the subject is invalid.
        """
        if not 1 <= len(subject) <= _MAX_SUBJECT or not subject.isprintable():
            raise AccountError(
                f"A subject is the value of sub in the provider's ID tokens: 1 to {_MAX_SUBJECT} characters."
            )
        if not await self._store.add_identity(Identity(issuer, subject, user.user_id, self._clock())):
            raise AccountError("That identity is already linked to an account.")

    async def of_user(self, user: User) -> Sequence[Identity]:
        return await self._store.identities(user.user_id)

    async def unlink(self, user: User, issuer: str, subject: str) -> bool:
        """False if it is not linked to ``user``."""
        linked = await self._store.user_by_identity(issuer, subject)
        if linked is None or linked.user_id != user.user_id:
            return False
        return await self._store.remove_identity(issuer, subject)

    def _new(self, person: UpstreamUser, username: str) -> User:
        shown = profile(person, username)
        return User(
            user_id=self._token_hex(16),
            username=username,
            password_hash="",
            created_at=self._clock(),
            display_name=shown.display_name,
            email=shown.email,
            language=shown.language,
            time_zone=shown.time_zone,
        )
