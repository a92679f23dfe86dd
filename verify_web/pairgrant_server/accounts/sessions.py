"""Browser sessions, steps (C) and (D): who signed in, and the one code this browser looked up and may decide.

A cookie value is 256 random bits; the store keeps its digest. There is no row before there is something to remember.
"""

import hmac
import re
import secrets
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from typing import Protocol

from pairgrant_protocol.base64url import base64url
from pairgrant_protocol.secret import Secret
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
"""Seconds from the sign-in, or from the first code looked up; nothing prolongs a session."""

_COOKIE_BYTES = 32
_COOKIE = re.compile(r"[A-Za-z0-9_-]{43}")
_USER_CODE = "session user_code"
_UPSTREAM = "session upstream"


class SessionAndUserStore(SessionStore, UserStore, Protocol):
    """A session is only as good as the account behind it."""


@dataclass(frozen=True, slots=True)
class BrowserSession:
    """What a cookie stands for; empty for a stranger."""

    user: User | None = None
    auth_time: float | None = None
    grant_id: bytes | None = None
    user_code: str | None = field(default=None, repr=False)

    @property
    def user_id(self) -> str | None:
        return None if self.user is None else self.user.user_id


class Sessions:
    """Sessions by cookie; every method takes the cookie's value, and nobody else's will do."""

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
        """``cookie`` as one of ours; None for anything that ``new_cookie`` could not have made."""
        return Secret(cookie) if cookie and _COOKIE.fullmatch(cookie) else None

    def csrf_token(self, cookie: Secret) -> str:
        """What every form of this session carries: bound to the cookie, and stored nowhere."""
        return base64url(self._key.mac("csrf", cookie.reveal()))

    def csrf_matches(self, cookie: Secret, token: str) -> bool:
        """Whether a form was made for this session, in time that does not tell how wrong it is."""
        return hmac.compare_digest(self.csrf_token(cookie).encode(), token.encode("utf-8", "replace"))

    async def load(self, cookie: Secret) -> BrowserSession:
        """The session of ``cookie``; empty where it has none, it has ended, or its user is locked or gone.

        So it is too after a change of password and after a lock, however much it raced with them: it belongs to the
        account as it was when the password was looked at.
        """
        row = await self._row(cookie)
        if row is None:
            return BrowserSession()
        user = None
        if row.user_id is not None:
            user = await self._store.user(row.user_id)
            if user is None or user.locked or user.session_epoch != row.session_epoch:
                return BrowserSession()
        return BrowserSession(user, row.auth_time, row.grant_id, _unsealed(cookie, row.sealed_user_code))

    async def bind_grant(self, cookie: Secret, grant_id: bytes, user_code: str) -> None:
        """Remember the code that this browser looked up; it replaces the one before it."""
        sealed = seal(cookie, _USER_CODE, user_code.encode())
        row = await self._row_to_keep(cookie)
        await self._store.put_session(replace(row, grant_id=grant_id, sealed_user_code=sealed))

    async def put_upstream_attempt(self, cookie: Secret, attempt: bytes) -> None:
        """Remember the sign-in that this browser began at another provider; it replaces the one before it."""
        row = await self._row_to_keep(cookie)
        await self._store.put_session(replace(row, sealed_upstream=seal(cookie, _UPSTREAM, attempt)))

    async def upstream_attempt(self, cookie: Secret) -> bytes | None:
        """What ``put_upstream_attempt`` remembered; a sign-in, this way or another, ends it."""
        row = await self._row(cookie)
        if row is None or row.sealed_upstream is None:
            return None
        try:
            return unseal(cookie, _UPSTREAM, row.sealed_upstream)
        except UnsealableError:
            return None

    async def sign_in(self, cookie: Secret, user: User) -> Secret:
        """A session of ``user`` under a new cookie, which is returned; the old cookie is worth nothing from now on.

        The code that the browser looked up comes along.
        """
        new_cookie = self.new_cookie()
        old_row = await self._row(cookie)
        row = replace(
            self._new_row(new_cookie),
            user_id=user.user_id,
            auth_time=self._clock(),
            session_epoch=user.session_epoch,
        )
        user_code = None if old_row is None else _unsealed(cookie, old_row.sealed_user_code)
        if old_row is not None and user_code is not None:
            sealed = seal(new_cookie, _USER_CODE, user_code.encode())
            row = replace(row, grant_id=old_row.grant_id, sealed_user_code=sealed)
        await self._store.put_session(row)
        await self._store.remove_session(digest(cookie))
        return new_cookie

    async def sign_out(self, cookie: Secret) -> None:
        """End the session; its cookie is worth nothing from now on."""
        await self._store.remove_session(digest(cookie))

    async def _row(self, cookie: Secret) -> WebSession | None:
        row = await self._store.session(digest(cookie))
        return None if row is None or self._clock() >= row.expires_at else row

    async def _row_to_keep(self, cookie: Secret) -> WebSession:
        """The session's row, or a new one where it has none or the one before has ended."""
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
