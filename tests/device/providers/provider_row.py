"""How one provider behaves, as its sources say: what it accepts, and how it responds.

The rows are written from the sources of the presets, never from the presets themselves: each request is
compared as a whole, with every parameter.
"""

import json
from base64 import b64encode
from dataclasses import dataclass, field, replace
from typing import Any

CLIENT_ID, SECRET = "the-client", "the secret/+"
SCOPE = ("read", "write")
DEVICE_CODE = "the/device+code=="
"""As standard base64 has them: a body that is pasted together from texts breaks it."""
USER_CODE = "ABCD 1234"
URN = "urn:ietf:params:oauth:grant-type:device_code"
BASIC = "Basic " + b64encode(b"the-client:the%20secret%2F%2B").decode()
PKCE = "(checked as PKCE)"
"""The value of a parameter of RFC 7636, which the emulator checks itself."""


@dataclass(frozen=True)
class Ask:
    """A request that the provider accepts; ``params`` are all of them, in the query or the body."""

    host: str
    path: str
    params: dict[str, str]
    method: str = "POST"
    body: str = "form"
    basic: bool = False


@dataclass(frozen=True)
class Says:
    status: int
    body: dict[str, Any] | str = ""

    @property
    def content(self) -> bytes:
        return (self.body if isinstance(self.body, str) else json.dumps(self.body)).encode()


@dataclass(frozen=True)
class Row:
    name: str
    start: Ask
    code: Says
    poll: Ask
    pending: Says
    slow_down: Says | None
    denied: Says | None
    expired: Says | None
    success: Says
    refresh: Ask | None
    issuer: str | None = None
    """What the user has to name."""
    variables: str = ""
    has_secret: bool = False
    page: str = "https://verify.example/device"
    complete: str | None = "https://verify.example/device?user_code=ABCD-1234"
    lifetime: int = 600
    interval: int = 5
    document: dict[str, Any] | None = None
    """The metadata, if it has any."""
    document_path: str = ""
    scope: tuple[str, ...] = SCOPE
    denial_looks_expired: bool = False
    refresh_token: str | None = "refresh-1"

    def but(self, **changes: Any) -> "Row":
        return replace(self, **changes)


def says_error(status: int, error: str, **members: Any) -> Says:
    return Says(status, {"error": error, **members})


def code_of(**members: Any) -> Says:
    """The response of RFC 8628 §3.2; a member that is None is left out."""
    standard = {
        "device_code": DEVICE_CODE,
        "user_code": USER_CODE,
        "verification_uri": "https://verify.example/device",
        "verification_uri_complete": "https://verify.example/device?user_code=ABCD-1234",
        "expires_in": 600,
        "interval": 5,
    }
    return Says(200, {name: value for name, value in {**standard, **members}.items() if value is not None})


def tokens_of(number: int = 1, **members: Any) -> Says:
    standard = {
        "access_token": f"access-{number}",
        "token_type": "Bearer",
        "expires_in": 3600,
        "refresh_token": f"refresh-{number}",
        "scope": "read write",
    }
    return Says(200, {name: value for name, value in {**standard, **members}.items() if value is not None})


@dataclass(frozen=True)
class Rfc:
    """What a row has in common with RFC 8628; ``secret`` is "", "basic" or "post" at each step."""

    host: str
    device: str
    token: str
    start_secret: str = ""
    secret: str = ""
    refresh_secret: str | None = None
    start: dict[str, str] = field(default_factory=dict)
    """Parameters beside ``client_id`` and ``scope``."""
    poll: dict[str, str] = field(default_factory=dict)

    def row(self, name: str, **changes: Any) -> Row:
        refresh_secret = self.secret if self.refresh_secret is None else self.refresh_secret
        row = Row(
            name=name,
            start=self.ask(self.device, {"scope": "read write", **self.start}, self.start_secret),
            code=code_of(),
            poll=self.ask(
                self.token, {"grant_type": URN, "device_code": DEVICE_CODE, **self.poll}, self.secret
            ),
            pending=says_error(400, "authorization_pending"),
            slow_down=says_error(400, "slow_down"),
            denied=says_error(400, "access_denied"),
            expired=says_error(400, "expired_token"),
            success=tokens_of(),
            refresh=self.ask(
                self.token, {"grant_type": "refresh_token", "refresh_token": "refresh-1"}, refresh_secret
            ),
            has_secret=bool(self.start_secret or self.secret or refresh_secret),
        )
        return row.but(**changes)

    def ask(self, path: str, params: dict[str, str], secret: str = "", **changes: Any) -> Ask:
        posted = {"client_secret": SECRET} if secret == "post" else {}
        asked = Ask(self.host, path, {"client_id": CLIENT_ID, **params, **posted}, basic=secret == "basic")
        return replace(asked, **changes)
