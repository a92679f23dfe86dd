"""Browser sessions, steps (C) and (D): who is signed in, and the code that this browser looked up.

A cookie value is 256 random bits; the store keeps its digest. A row is only written once there is something
to store.
"""

import hmac
import re
import secrets
from collections.abc import Callable
from dataclasses import replace
from typing import Protocol

from pairgrant_protocol.base64url import base64url
from pairgrant_protocol.secret import Secret
from pairgrant_server.accounts.browser_session import BrowserSession
from pairgrant_server.authorization_server.clock import Clock
from pairgrant_server.authorization_server.model.records import User, WebSession
from pairgrant_server.authorization_server.secrets.server_key import (
    ServerKey,
    UnsealableError,
    digest,
    seal,
    unseal,
)
from pairgrant_server.authorization_server.store.interface.sessions import SessionStore
from pairgrant_server.authorization_server.store.interface.users import UserStore

LIFETIME = 12 * 3600
"""Seconds from the sign-in, or from the first code looked up; a session is never extended."""

_COOKIE_BYTES = 32
_BROWSER_ID_BYTES = 12
_COOKIE = re.compile(r"[A-Za-z0-9_-]{43}")
_USER_CODE = "session user_code"
_UPSTREAM = "session upstream"


class SessionAndUserStore(SessionStore, UserStore, Protocol):
    """A session is only valid while its account is."""


class Sessions:
    """Sessions by the value of their cookie."""

    def __init__(
        self,
        store: SessionAndUserStore,
        key: ServerKey,
        clock: Clock,
        token_bytes: Callable[[int], bytes] = secrets.token_bytes,
    ) -> None:
        self._store = store
        self._key = key
        self._clock = clock
        self._token_bytes = token_bytes

    def new_cookie(self) -> Secret:
        return Secret(base64url(self._token_bytes(_COOKIE_BYTES)))

    @staticmethod
    def known_shape(cookie: str | None) -> Secret | None:
        """``cookie`` if it is well-formed; None for anything that ``new_cookie`` could not have made."""
        return Secret(cookie) if cookie and _COOKIE.fullmatch(cookie) else None

    def csrf_token(self, cookie: Secret) -> str:
        """The CSRF token of this session's forms: a MAC of the cookie, not stored."""
        return base64url(self._key.mac("csrf", cookie.reveal()))

    def csrf_matches(self, cookie: Secret, token: str) -> bool:
        """Whether ``token`` belongs to this session, compared in constant time."""
        return hmac.compare_digest(self.csrf_token(cookie).encode(), token.encode("utf-8", "replace"))

    async def load(self, cookie: Secret) -> BrowserSession:
        """The session of ``cookie``; empty if none, expired, or its user is locked or removed.

        A change of the password or a lock ends every session of the account, also one that a concurrent
        sign-in starts: a session is tied to the account's epoch at the time the password was verified.
        """
        row = await self._row(cookie)
        if row is None:
            return BrowserSession()
        user = None
        if row.user_id is not None:
            user = await self._store.user(row.user_id)
            if user is None or user.locked or user.session_epoch != row.session_epoch:
                return BrowserSession()
        return BrowserSession(
            user,
            row.auth_time,
            row.grant_id,
            _unsealed(cookie, row.sealed_user_code),
            row.browser_id,
            row.arrival,
        )

    async def bind_grant(
        self,
        cookie: Secret,
        grant_id: bytes,
        user_code: str,
        arrival: str | None = None,
        *,
        browser_id: str | None = None,
    ) -> str:
        """Store the code that this browser looked up, and how it came there; it replaces an earlier one.

        Returns the identifier of the browser; ``browser_id`` is what it had under an earlier cookie.
        """
        sealed = seal(cookie, _USER_CODE, user_code.encode())
        row = await self._row_to_keep(cookie)
        browser_id = row.browser_id or browser_id or base64url(self._token_bytes(_BROWSER_ID_BYTES))
        await self._store.put_session(
            replace(row, grant_id=grant_id, sealed_user_code=sealed, browser_id=browser_id, arrival=arrival)
        )
        return browser_id

    async def put_upstream_attempt(self, cookie: Secret, attempt: bytes) -> None:
        """Store the sign-in that this browser started at another provider; it replaces an earlier one."""
        row = await self._row_to_keep(cookie)
        await self._store.put_session(replace(row, sealed_upstream=seal(cookie, _UPSTREAM, attempt)))

    async def upstream_attempt(self, cookie: Secret) -> bytes | None:
        """What ``put_upstream_attempt`` stored; any completed sign-in removes it."""
        row = await self._row(cookie)
        if row is None or row.sealed_upstream is None:
            return None
        try:
            return unseal(cookie, _UPSTREAM, row.sealed_upstream)
        except UnsealableError:
            return None

    async def sign_in(self, cookie: Secret, user: User) -> Secret:
        """Start a session of ``user`` under a new cookie, which is returned, and end the old session.

        The code that the browser looked up is carried over.
        """
        new_cookie = self.new_cookie()
        old_row = await self._row(cookie)
        row = replace(
            self._new_row(new_cookie),
            user_id=user.user_id,
            auth_time=self._clock(),
            session_epoch=user.session_epoch,
        )
        if old_row is not None:
            row = replace(row, browser_id=old_row.browser_id)
        user_code = None if old_row is None else _unsealed(cookie, old_row.sealed_user_code)
        if old_row is not None and user_code is not None:
            sealed = seal(new_cookie, _USER_CODE, user_code.encode())
            row = replace(row, grant_id=old_row.grant_id, sealed_user_code=sealed, arrival=old_row.arrival)
        await self._store.put_session(row)
        await self._store.remove_session(digest(cookie))
        return new_cookie

    async def sign_out(self, cookie: Secret) -> None:
        """End the session; its cookie is no longer valid."""
        await self._store.remove_session(digest(cookie))

    async def _row(self, cookie: Secret) -> WebSession | None:
        row = await self._store.session(digest(cookie))
        return None if row is None or self._clock() >= row.expires_at else row

    async def _row_to_keep(self, cookie: Secret) -> WebSession:
        """The session's row, or a new one if it has none or its user's session has ended."""
        row = await self._row(cookie)
        if row is None or (row.user_id is not None and (await self.load(cookie)).user is None):
            return self._new_row(cookie)
        return row

    def _new_row(self, cookie: Secret) -> WebSession:
        now = self._clock()
        return WebSession(session_digest=digest(cookie), created_at=now, expires_at=now + LIFETIME)


def _unsealed(cookie: Secret, sealed: bytes | None) -> str | None:
    if sealed is None:
        return None
    try:
        return unseal(cookie, _USER_CODE, sealed).decode()
    except UnsealableError:
        return None
