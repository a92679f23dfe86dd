"""What a page says once after a form (post, redirect, get): an error, and what the person had typed.

No response to a POST is a page, except for error pages: Back and Reload would ask to send the form again.
The text travels in a short-lived cookie, sealed for one session and one page. It never holds a password.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from hashlib import sha256
from typing import Any, Self
from urllib.parse import urlsplit

from starlette.responses import Response

from pairgrant_protocol.base64url import Base64URLError, base64url, from_base64url
from pairgrant_protocol.secret import Secret
from pairgrant_server.authorization_server.secrets.server_key import ServerKey, UnsealableError
from pairgrant_server.translation import Translatable

LIFETIME = 60
"""Seconds; the browser follows the redirect at once."""

LONGEST = 2400
"""Bytes before they are sealed; a cookie has room for 4096. Longer texts that were typed are cut."""


@dataclass(frozen=True, slots=True)
class Flash:
    """``typed`` are fields of the form by name; ``notice`` says what is no error of the person."""

    error: str | None = None
    notice: str | None = None
    typed: Mapping[str, str] = field(default_factory=dict, repr=False)
    lasts: int = LIFETIME
    """Seconds for which the browser keeps it."""

    def serialize(self, target: str) -> bytes:
        """At most ``LONGEST`` bytes for the page ``target``, its path with the query."""
        text = self._json(target, self.typed)
        longest = max(map(len, self.typed.values()), default=0)
        while len(text) > LONGEST and longest:
            longest //= 2
            text = self._json(target, {name: value[:longest] for name, value in self.typed.items()})
        return text

    def _json(self, target: str, typed: Mapping[str, str]) -> bytes:
        members = [target, _packed(self.error), _packed(self.notice), dict(typed)]
        return json.dumps(members, ensure_ascii=False).encode("utf-8", "replace")

    @classmethod
    def parse(cls, text: bytes, target: str) -> Self | None:
        """None if it is for another page."""
        wanted, error, notice, typed = json.loads(text)
        return cls(_unpacked(error), _unpacked(notice), typed) if wanted == target else None


NOTHING = Flash()


def _packed(text: str | None) -> object:
    """A text is translated where it is shown, so its name travels."""
    if not isinstance(text, Translatable):
        return text
    return [
        text.message,
        {name: _packed(value) if isinstance(value, str) else value for name, value in text.values.items()},
    ]


def _unpacked(packed: Any) -> str | None:
    if packed is None or isinstance(packed, str):
        return packed
    message, values = packed
    unpacked = {
        name: _unpacked(value) if isinstance(value, str | list) else value for name, value in values.items()
    }
    return Translatable(message, **unpacked)


class Flashes:
    """Seals what a page says once for the browser with one session cookie."""

    def __init__(self, server_key: ServerKey, *, is_https: bool) -> None:
        self._server_key = server_key
        self._is_https = is_https

    @property
    def cookie_name(self) -> str:
        """``__Secure-``, and not ``__Host-``, because it has the path of one page."""
        return "__Secure-pairgrant-flash" if self._is_https else "pairgrant-flash"

    def put(self, response: Response, session_cookie: Secret, target: str, flash: Flash) -> None:
        """Make ``target`` say ``flash`` when this response has led the browser there."""
        sealed = base64url(self._server_key.seal(_purpose(session_cookie), flash.serialize(target)))
        self._set(response, sealed, target, flash.lasts)

    def read(self, value: str | None, session_cookie: Secret, target: str) -> Flash | None:
        """None for a cookie of another session or page, and for one that was not made here."""
        try:
            text = self._server_key.unseal(_purpose(session_cookie), from_base64url(value or ""))
        except (UnsealableError, Base64URLError):
            return None
        return Flash.parse(text, target)

    def removal(self, target: str) -> str:
        """The header ``Set-Cookie`` after ``target`` has said it."""
        response = Response()
        self._set(response, "", target, 0)
        return response.headers["set-cookie"]

    def _set(self, response: Response, value: str, target: str, max_age: int) -> None:
        response.set_cookie(
            self.cookie_name,
            value,
            max_age=max_age,
            secure=self._is_https,
            httponly=True,
            samesite="lax",
            path=urlsplit(target).path,
        )


def _purpose(session_cookie: Secret) -> str:
    return "flash " + sha256(session_cookie.reveal().encode()).hexdigest()
