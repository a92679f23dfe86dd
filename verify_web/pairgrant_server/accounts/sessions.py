"""Browser sessions, steps (C) and (D): who is signed in, and the codes that this browser looked up.

A cookie value is 256 random bits; the store keeps its digest. A row is only written once there is something
to store. A sign-in and a sign-out end the session and start its successor under a new cookie. For a minute
the ended session leads there, because a second tap on the button still sends the old cookie.
"""

import hmac
import re
import secrets
from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Protocol

from pairgrant_protocol.base64url import base64url
from pairgrant_protocol.secret import Secret
from pairgrant_server.accounts.browser_session import BrowserSession, LookedUpPairing
from pairgrant_server.authorization_server.clock import Clock
from pairgrant_server.authorization_server.model.records import SessionPairing, User, WebSession
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

SUCCESSION = 60
"""Seconds for which an ended session leads to its successor."""

_COOKIE_BYTES = 32
_BROWSER_ID_BYTES = 12
_COOKIE = re.compile(r"[A-Za-z0-9_-]{43}")
_USER_CODE = "session user_code"
_UPSTREAM = "session upstream"
_SUCCESSOR = "session successor"


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
        if row.sealed_successor is not None:
            return BrowserSession(successor=_successor_of(cookie, row))
        user = None
        if row.user_id is not None:
            user = await self._store.user(row.user_id)
            if user is None or user.locked or user.session_epoch != row.session_epoch:
                return BrowserSession()
        pairings = await self._pairings(cookie, row)
        return BrowserSession(user, row.auth_time, pairings, self._browser_id(cookie, row))

    async def bind_grant(
        self, cookie: Secret, grant_id: bytes, user_code: str, arrival: str | None = None
    ) -> None:
        """Store a code that this browser looked up, and how it came there; it becomes the latest.

        The oldest of more than eight is forgotten. A session that has ended takes none.
        """
        await self._ensure_row(cookie)
        await self._put_pairing(cookie, LookedUpPairing(grant_id, user_code, self._clock(), arrival))

    async def set_arrival(self, cookie: Secret, pairing: LookedUpPairing, arrival: str) -> None:
        """Store what more is known of how this browser came to a code, or what it did with it."""
        await self._put_pairing(cookie, replace(pairing, arrival=arrival))

    async def put_upstream_attempt(
        self, cookie: Secret, attempt: bytes, *, expected: bytes | None = None
    ) -> bool:
        """Store the sign-in that this browser started at another provider.

        It replaces the earlier one, as ``upstream_attempt`` returned it: False if another one was stored
        since, or the session has ended.
        """
        row = await self._ensure_row(cookie)
        if expected != self._unsealed_upstream(cookie, row):
            return False
        sealed = seal(cookie, _UPSTREAM, attempt)
        return await self._store.set_session_upstream(
            row.session_digest, sealed, expected=row.sealed_upstream
        )

    async def upstream_attempt(self, cookie: Secret) -> bytes | None:
        """What ``put_upstream_attempt`` stored; any completed sign-in removes it."""
        row = await self._row(cookie)
        return None if row is None else self._unsealed_upstream(cookie, row)

    async def sign_in(self, cookie: Secret, user: User) -> Secret:
        """Start a session of ``user`` under a new cookie, which is returned, and end the old session.

        The codes that the browser looked up are carried over. If a session of the same user has taken the
        old one's place less than a minute ago, that session's cookie is returned instead: the password was
        sent, and verified, a second time.
        """
        row, new_cookie = await self._row(cookie), self.new_cookie()
        started = replace(
            self._row_after(cookie, row, new_cookie),
            user_id=user.user_id,
            auth_time=self._clock(),
            session_epoch=user.session_epoch,
        )
        if await self._supersede(cookie, new_cookie, started, await self._pairings(cookie, row)):
            return new_cookie
        successor = (await self.load(cookie)).successor
        if successor is not None and (await self.load(successor)).user_id == user.user_id:
            return successor
        await self._store.add_session(started)
        return new_cookie

    async def sign_out(self, cookie: Secret, *, keeps_pairings: bool = False) -> Secret | None:
        """End the session, and return the cookie of its anonymous successor, which may keep the codes.

        None if the session ended before, and its successor is signed in by now: the old cookie alone must
        not lead there.
        """
        row, new_cookie = await self._row(cookie) if keeps_pairings else None, self.new_cookie()
        pairings = await self._pairings(cookie, row)
        started = self._row_after(cookie, row, new_cookie) if pairings else None
        if await self._supersede(cookie, new_cookie, started, pairings):
            return new_cookie
        successor = (await self.load(cookie)).successor
        if successor is None:
            return None
        session = await self.load(successor)
        return successor if session.user is None and session.successor is None else None

    async def _supersede(
        self,
        cookie: Secret,
        new_cookie: Secret,
        started: WebSession | None,
        pairings: Sequence[LookedUpPairing],
    ) -> bool:
        """End the session of ``cookie`` for the one that starts; False if it has a successor already."""
        now = self._clock()
        ended = WebSession(
            session_digest=digest(cookie),
            created_at=now,
            expires_at=now + SUCCESSION,
            sealed_successor=seal(cookie, _SUCCESSOR, new_cookie.reveal().encode()),
        )
        return await self._store.supersede_session(
            ended, started, [_sealed_pairing(new_cookie, pairing) for pairing in pairings]
        )

    async def _pairings(self, cookie: Secret, row: WebSession | None) -> tuple[LookedUpPairing, ...]:
        """Those of the session in ``row``, also if its user's sign-in has expired."""
        if row is None:
            return ()
        stored = await self._store.session_pairings(digest(cookie))
        return tuple(pairing for row in stored if (pairing := _unsealed_pairing(cookie, row)) is not None)

    async def _put_pairing(self, cookie: Secret, pairing: LookedUpPairing) -> None:
        await self._store.put_session_pairing(_sealed_pairing(cookie, pairing))

    def _browser_id(self, cookie: Secret, row: WebSession | None) -> str:
        """Of a session that has none stored, it is the same for two requests at once that store the first."""
        if row is not None and row.browser_id is not None:
            return row.browser_id
        return base64url(self._key.mac("browser id", cookie.reveal())[:_BROWSER_ID_BYTES])

    async def _row(self, cookie: Secret) -> WebSession | None:
        row = await self._store.session(digest(cookie))
        return None if row is None or self._clock() >= row.expires_at else row

    async def _ensure_row(self, cookie: Secret) -> WebSession:
        """The session's row; a new one if it has none, or its user's session has ended."""
        row = await self._row(cookie)
        if row is not None and row.user_id is not None and (await self.load(cookie)).user is None:
            await self._store.remove_session(row.session_digest)
            row = None
        if row is None:
            row = self._new_row(cookie, self._browser_id(cookie, None))
            await self._store.add_session(row)
        return row

    def _row_after(self, cookie: Secret, row: WebSession | None, new_cookie: Secret) -> WebSession:
        """The row of ``new_cookie`` in the browser of ``cookie``, whose session is ``row``."""
        return self._new_row(new_cookie, self._browser_id(cookie, row))

    def _new_row(self, cookie: Secret, browser_id: str) -> WebSession:
        now = self._clock()
        return WebSession(
            session_digest=digest(cookie), created_at=now, expires_at=now + LIFETIME, browser_id=browser_id
        )

    @staticmethod
    def _unsealed_upstream(cookie: Secret, row: WebSession) -> bytes | None:
        if row.sealed_upstream is None:
            return None
        try:
            return unseal(cookie, _UPSTREAM, row.sealed_upstream)
        except UnsealableError:
            return None


def _sealed_pairing(cookie: Secret, pairing: LookedUpPairing) -> SessionPairing:
    return SessionPairing(
        session_digest=digest(cookie),
        grant_id=pairing.grant_id,
        sealed_user_code=seal(cookie, _USER_CODE, pairing.user_code.encode()),
        looked_up_at=pairing.looked_up_at,
        arrival=pairing.arrival,
    )


def _unsealed_pairing(cookie: Secret, stored: SessionPairing) -> LookedUpPairing | None:
    """None if someone with the database has altered it."""
    try:
        user_code = unseal(cookie, _USER_CODE, stored.sealed_user_code).decode()
    except UnsealableError:
        return None
    return LookedUpPairing(stored.grant_id, user_code, stored.looked_up_at, stored.arrival)


def _successor_of(cookie: Secret, ended: WebSession) -> Secret | None:
    try:
        return Secret(unseal(cookie, _SUCCESSOR, ended.sealed_successor or b"").decode())
    except UnsealableError:
        return None
