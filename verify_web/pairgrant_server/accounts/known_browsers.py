"""Browsers in which a person has signed in before, step (D), so that guesses by others can't lock them out.

The OWASP "device cookie": a long-lived cookie, set at each successful sign-in and not stored on the server.
It only gives the browser its own count of wrong passwords (``limits/sign_in_attempts.py``) and of page
requests (``front/page_budget.py``). A browser may remember several people.
"""

import hmac
import re
import secrets
from collections.abc import Callable
from dataclasses import dataclass

from pairgrant_protocol.base64url import base64url, from_base64url
from pairgrant_protocol.secret import Secret
from pairgrant_server.authorization_server.clock import Clock
from pairgrant_server.authorization_server.secrets.server_key import ServerKey

LIFETIME = 180 * 86_400
"""Seconds since the last sign-in."""

_PEOPLE = 5
_PURPOSE = "known browser"
_NONCE_PURPOSE = "known browser nonce"
_NONCE_BYTES = 8
"""Of a nonce that are random; the other eight are their MAC."""
_ENTRY = re.compile(r"[A-Za-z0-9_-]{22}\.[0-9]{1,11}\.[A-Za-z0-9_-]{43}")


@dataclass(frozen=True, slots=True)
class _Entry:
    """One person's part of the cookie; only the server key can tell whose it is.

    The nonce alone shows that the entry was made here, so the gate can check it without the person's account.
    """

    nonce: str
    issued_at: int
    tag: str

    def __str__(self) -> str:
        return f"{self.nonce}.{self.issued_at}.{self.tag}"


class KnownBrowsers:
    def __init__(
        self, key: ServerKey, clock: Clock, token_bytes: Callable[[int], bytes] = secrets.token_bytes
    ) -> None:
        self._key = key
        self._clock = clock
        self._token_bytes = token_bytes

    def identifier(self, cookie: str | None, user_id: str) -> str | None:
        """The identifier of the browser with ``cookie``; None if ``user_id`` never signed in there."""
        for entry in _entries(cookie):
            if self._is_live(entry) and self._is_of(entry, user_id):
                return entry.nonce
        return None

    def recognized(self, cookie: str | None) -> str | None:
        """The identifier of the browser with ``cookie`` if any person has signed in there."""
        for entry in _entries(cookie):
            if self._is_live(entry) and self._is_own(entry):
                return entry.nonce
        return None

    def cookie_after_sign_in(self, cookie: str | None, user_id: str) -> Secret:
        """The new cookie after a sign-in of ``user_id``; it keeps the other people of this browser."""
        others = [entry for entry in _entries(cookie) if not self._is_of(entry, user_id)]
        issued_at = int(self._clock())
        nonce = self._nonce(self._token_bytes(_NONCE_BYTES), issued_at)
        entry = _Entry(nonce, issued_at, self._tag(nonce, issued_at, user_id))
        return Secret("~".join(map(str, [entry, *others][:_PEOPLE])))

    def _is_live(self, entry: _Entry) -> bool:
        now = self._clock()
        return now - LIFETIME < entry.issued_at <= now + 1

    def _is_own(self, entry: _Entry) -> bool:
        random = from_base64url(entry.nonce)[:_NONCE_BYTES]
        return hmac.compare_digest(entry.nonce, self._nonce(random, entry.issued_at))

    def _nonce(self, random: bytes, issued_at: int) -> str:
        mac = self._key.mac(_NONCE_PURPOSE, f"{random.hex()} {issued_at}")
        return base64url(random + mac[:_NONCE_BYTES])

    def _is_of(self, entry: _Entry, user_id: str) -> bool:
        return hmac.compare_digest(entry.tag, self._tag(entry.nonce, entry.issued_at, user_id))

    def _tag(self, nonce: str, issued_at: int, user_id: str) -> str:
        return base64url(self._key.mac(_PURPOSE, f"{nonce} {issued_at} {user_id}"))


def _entries(cookie: str | None) -> list[_Entry]:
    """The well-formed entries of a cookie."""
    found = []
    for text in (cookie or "").split("~", _PEOPLE)[:_PEOPLE]:
        if _ENTRY.fullmatch(text):
            nonce, issued_at, tag = text.split(".")
            found.append(_Entry(nonce, int(issued_at), tag))
    return found
