"""As much of HTTP as this API needs, directly on ASGI.

It shares no code with the authorization server's HTTP: the resource server must be movable to another host,
and it reads a body only after the token has been verified. ``tests/resource_server/test_doors.py`` lists
what it may import.
"""

import asyncio
import json
from collections.abc import Awaitable, Callable, Iterable, Mapping, MutableMapping
from dataclasses import dataclass, field
from typing import Any

from pairgrant_server.errors import PairgrantServerError

Scope = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[MutableMapping[str, Any]]]
Send = Callable[[MutableMapping[str, Any]], Awaitable[None]]
Headers = tuple[tuple[bytes, bytes], ...]

MAX_BODY_BYTES = 16_384

BODY_TIMEOUT = 10.0
"""Seconds that a client may take to send its body."""

NO_STORE: Headers = ((b"cache-control", b"no-store"),)
NOSNIFF: Headers = ((b"x-content-type-options", b"nosniff"),)


class DisconnectedError(PairgrantServerError):
    """The client closed the connection before its request was complete; no response is sent."""


class ResourceError(PairgrantServerError):
    """A request that is refused; ``description`` keeps to the characters that RFC 6750 §3 allows."""

    def __init__(self, status: int, error: str | None, description: str, *, headers: Headers = ()) -> None:
        super().__init__(description)
        self.status = status
        self.error = error
        self.description = description
        self.headers = headers

    def response(self) -> "ResourceResponse":
        members = {"error_description": self.description}
        if self.error is not None:
            members = {"error": self.error, **members}
        return json_response(members, status=self.status, headers=(*NO_STORE, *self.headers))


@dataclass(frozen=True, slots=True)
class ResourceRequest:
    """One request, its body not yet read."""

    method: str
    path: str
    query: bytes = field(repr=False)
    headers: Iterable[tuple[bytes, bytes]] = field(repr=False)
    receive: Receive = field(repr=False)

    @classmethod
    def of(cls, scope: Scope, receive: Receive) -> "ResourceRequest":
        return cls(scope["method"], scope["path"], scope.get("query_string", b""), scope["headers"], receive)

    def values(self, name: bytes) -> list[str]:
        """Every header called ``name`` (lower case)."""
        return [value.decode("latin-1") for key, value in self.headers if key == name]

    def value(self, name: bytes) -> str | None:
        """The one header called ``name``, or None; a repeated header is refused."""
        values = self.values(name)
        if len(values) > 1:
            raise ResourceError(400, "invalid_request", f"the header {name.decode()} is repeated")
        return values[0] if values else None


@dataclass(frozen=True, slots=True)
class ResourceResponse:
    status: int
    headers: Headers = field(repr=False)
    body: bytes = field(default=b"", repr=False)


def json_response(
    members: Mapping[str, Any], *, status: int = 200, headers: Headers = NO_STORE
) -> ResourceResponse:
    body = json.dumps(members, separators=(",", ":")).encode()
    described = (
        (b"content-type", b"application/json"),
        (b"content-length", b"%d" % len(body)),
        *NOSNIFF,
    )
    return ResourceResponse(status, (*described, *headers), body)


async def read_json_body(request: ResourceRequest) -> bytes:
    """The body of a request that says it is JSON, at most ``MAX_BODY_BYTES``.

    Raises:
        ResourceError: another content type, compressed, too large, or sent too slowly.
        DisconnectedError
    """
    content_type, *parameters = (request.value(b"content-type") or "").lower().split(";")
    charset_only = all(
        parameter.strip() in {"", "charset=utf-8", 'charset="utf-8"'} for parameter in parameters
    )
    if content_type.strip() != "application/json" or not charset_only:
        raise ResourceError(415, "invalid_request", "send the body as application/json in UTF-8")
    if (request.value(b"content-encoding") or "identity").lower() != "identity":
        raise ResourceError(415, "invalid_request", "send the body without compression")
    length = request.value(b"content-length")
    if length is not None and length.isdecimal() and int(length[:20]) > MAX_BODY_BYTES:
        raise _too_large()
    try:
        async with asyncio.timeout(BODY_TIMEOUT):
            return await _read(request.receive)
    except TimeoutError:
        raise ResourceError(
            408, "invalid_request", "the body arrived too slowly", headers=((b"connection", b"close"),)
        ) from None


async def _read(receive: Receive) -> bytes:
    body = bytearray()
    while True:
        message = await receive()
        if message["type"] != "http.request":
            raise DisconnectedError
        body += message.get("body", b"")
        if len(body) > MAX_BODY_BYTES:
            raise _too_large()
        if not message.get("more_body"):
            return bytes(body)


def _too_large() -> ResourceError:
    return ResourceError(413, "invalid_request", "the body is larger than 16 KiB")


async def send_response(send: Send, request: ResourceRequest, response: ResourceResponse) -> None:
    """Send ``response``; a HEAD request gets the headers of its GET and no body (RFC 9110 §9.3.2)."""
    await send({"type": "http.response.start", "status": response.status, "headers": response.headers})
    await send({"type": "http.response.body", "body": b"" if request.method == "HEAD" else response.body})
