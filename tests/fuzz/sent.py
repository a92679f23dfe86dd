"""One request as the network delivers it, and what must hold of every response of an OAuth endpoint."""

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

from pairgrant_protocol.vocabulary import ErrorCode

FORM = (b"content-type", b"application/x-www-form-urlencoded")
JSON = (b"content-type", b"application/json")
LARGEST_ANSWER = 64 * 1024
ALLOWED = {200, 201, 303, 400, 401, 403, 405, 408, 413, 429}
LEADS_TO = ("/authorize/", "/logout/", "https://app.example/", "http://127.0.0.1")

Header = tuple[bytes, bytes]

_ERROR_TEXT = re.compile(r"[\x20-\x21\x23-\x5B\x5D-\x7E]*")
"""RFC 6749 §5.2."""

_PUBLIC = {"/.well-known/oauth-authorization-server", "/.well-known/openid-configuration", "/jwks"}


@dataclass(frozen=True)
class Sent:
    """``cuts`` is into how many pieces the body falls, ``hangs_up`` whether the last of them never comes."""

    method: str
    path: str
    query: bytes = b""
    headers: tuple[Header, ...] = ()
    body: bytes = b""
    cuts: int = 1
    hangs_up: bool = False

    @classmethod
    def post(cls, path: str, form: Mapping[str, str], *headers: Header) -> "Sent":
        return cls("POST", path, headers=(FORM, *headers), body=urlencode(form).encode())


_MAY_BE_REPEATED = {b"set-cookie", b"www-authenticate"}
"""Two kinds of tokens are taken, so there may be two challenges (RFC 9110 §11.6.1)."""


@dataclass(frozen=True)
class Response:
    status: int
    headers: tuple[Header, ...]
    body: bytes

    def header(self, name: bytes) -> bytes:
        found = [value for key, value in self.headers if key == name]
        assert len(found) <= 1 or name in _MAY_BE_REPEATED, found
        return found[0] if found else b""

    @property
    def members(self) -> dict[str, Any]:
        members = json.loads(self.body)
        assert isinstance(members, dict)
        return members


def check_response(sent: Sent, response: Response) -> None:
    """A success or an error of the protocol: complete, bounded and not cached."""
    assert response.status in ALLOWED
    assert len(response.body) <= LARGEST_ANSWER
    for name, value in response.headers:
        assert re.fullmatch(rb"[a-z0-9-]+", name)
        assert not re.search(rb"[\x00-\x1f\x7f]", value)
    assert response.header(b"content-length") == b"%d" % len(response.body)
    if sent.path not in _PUBLIC or response.status != 200:
        assert response.header(b"cache-control") == b"no-store"
    if response.status == 303:
        assert response.header(b"location").decode("ascii").startswith(LEADS_TO)
    elif not response.body:
        assert (sent.path, response.status) == ("/revoke", 200)
    else:
        assert response.header(b"content-type") == b"application/json"
        if response.status < 400:
            assert "error" not in response.members
        else:
            _check_error(sent, response)


def _check_error(sent: Sent, response: Response) -> None:
    members = response.members
    assert members["error"] in set(ErrorCode)
    for name in ("error", "error_description"):
        assert _ERROR_TEXT.fullmatch(members.get(name, ""))
    if response.status == 401 and any(name == b"authorization" for name, _ in sent.headers):
        assert response.header(b"www-authenticate")  # RFC 6749 §5.2, RFC 6750 §3
    if response.status == 405:
        assert response.header(b"allow")


def check_resource_response(sent: Sent, response: Response) -> None:
    """RFC 6750 §3: a challenge where a token is wanted; no error code where none came."""
    assert response.status in {*ALLOWED, 204, 304, 404, 409, 415, 422}
    assert len(response.body) <= LARGEST_ANSWER
    if response.status == 401:
        assert response.header(b"www-authenticate").startswith((b"Bearer", b"DPoP"))
    elif response.status >= 400 and sent.method != "HEAD":
        assert response.members["error"]
