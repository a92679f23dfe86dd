"""Whose account elsewhere is whose here, step (D): by issuer and subject alone, never by an e-mail address.

An address says who reads a mailbox today. A provider that lets people write any address into their profile, or that
hands on one that was given back, would otherwise open somebody else's account.
"""

import secrets
from collections.abc import Callable, Sequence
from typing import Protocol

from pairgrant_server.accounts.account_error import AccountError
from pairgrant_server.accounts.upstream.first_time_user import profile, usernames
from pairgrant_server.accounts.upstream.id_token import UpstreamUser
from pairgrant_server.authorization_server.clock import Clock
from pairgrant_server.authorization_server.model.records import Identity, User
from pairgrant_server.authorization_server.store.interface.identities import IdentityStore
from pairgrant_server.authorization_server.store.interface.users import UserStore

_MAX_SUBJECT = 255


class UserAndIdentityStore(UserStore, IdentityStore, Protocol):
    """A link is no more than the account at its end."""


class UpstreamAccounts:
    def __init__(
        self, store: UserAndIdentityStore, clock: Clock, token_hex: Callable[[int], str] = secrets.token_hex
    ) -> None:
        self._store = store
        self._clock = clock
        self._token_hex = token_hex

    async def user(self, person: UpstreamUser) -> User | None:
        """Whose account here it is, locked or not."""
        return await self._store.user_by_identity(person.issuer, person.subject)

    async def add(self, person: UpstreamUser) -> User:
        """A new account for who came for the first time; nobody can sign in to it with a password.

        Of any number of sign-ins of one person at once, one makes it.
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
        """Let ``user`` sign in with that account too.

        Raises:
            AccountError: it is someone's already, or can be no subject.
        """
        if not 1 <= len(subject) <= _MAX_SUBJECT or not subject.isprintable():
            raise AccountError(
                f"A subject is what the provider calls the person in sub: 1 to {_MAX_SUBJECT} characters."
            )
        if not await self._store.add_identity(Identity(issuer, subject, user.user_id, self._clock())):
            raise AccountError("That account elsewhere is linked to someone already.")

    async def of_user(self, user: User) -> Sequence[Identity]:
        return await self._store.identities(user.user_id)

    async def unlink(self, user: User, issuer: str, subject: str) -> bool:
        """False if it is not linked to ``user``."""
        linked = await self._store.user_by_identity(issuer, subject)
        if linked is None or linked.user_id != user.user_id:
            return False
        return await self._store.remove_identity(issuer, subject)

    def _new(self, person: UpstreamUser, username: str) -> User:
        told = profile(person, username)
        return User(
            user_id=self._token_hex(16),
            username=username,
            password_hash="",
            created_at=self._clock(),
            display_name=told.display_name,
            email=told.email,
        )
