"""Browsers with which a person has signed in before, step (D): strangers' guesses can't keep them out (OWASP, device cookies).

A long-lived cookie, set at each successful sign-in, says so; nothing of it is stored. It proves nothing but that: with it a
browser has its own budget for wrong passwords (see ``attempts.py``), no more. A browser may know a few people.
"""

import hmac
import re
import secrets
from collections.abc import Callable
from dataclasses import dataclass

from pairgrant_protocol.base64url import base64url
from pairgrant_protocol.secret import Secret
from pairgrant_server.authorization_server.clock import Clock
from pairgrant_server.authorization_server.secrets.server_key import ServerKey

LIFETIME = 180 * 86_400
"""Seconds since the last sign-in."""

_PEOPLE = 5
_PURPOSE = "known browser"
_ENTRY = re.compile(r"[A-Za-z0-9_-]{22}\.[0-9]{1,11}\.[A-Za-z0-9_-]{43}")


@dataclass(frozen=True, slots=True)
class _Entry:
    """What one person's sign-in left in the cookie; whose it is only the server key tells."""

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
        """Which browser of ``user_id`` sends ``cookie``; None where it is none of theirs."""
        now = self._clock()
        for entry in _entries(cookie):
            if now - LIFETIME < entry.issued_at <= now + 1 and self._is_of(entry, user_id):
                return entry.nonce
        return None

    def remembering(self, cookie: str | None, user_id: str) -> Secret:
        """The cookie for a browser in which ``user_id`` has just signed in; it keeps the other people it knows."""
        others = [entry for entry in _entries(cookie) if not self._is_of(entry, user_id)]
        nonce, issued_at = base64url(self._token_bytes(16)), int(self._clock())
        entry = _Entry(nonce, issued_at, self._tag(nonce, issued_at, user_id))
        return Secret("~".join(map(str, [entry, *others][:_PEOPLE])))

    def _is_of(self, entry: _Entry, user_id: str) -> bool:
        return hmac.compare_digest(entry.tag, self._tag(entry.nonce, entry.issued_at, user_id))

    def _tag(self, nonce: str, issued_at: int, user_id: str) -> str:
        return base64url(self._key.mac(_PURPOSE, f"{nonce} {issued_at} {user_id}"))


def _entries(cookie: str | None) -> list[_Entry]:
    """What has the shape of ours."""
    found = []
    for text in (cookie or "").split("~", _PEOPLE)[:_PEOPLE]:
        if _ENTRY.fullmatch(text):
            nonce, issued_at, tag = text.split(".")
            found.append(_Entry(nonce, int(issued_at), tag))
    return found
