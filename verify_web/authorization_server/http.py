"""As much of HTTP as the OAuth endpoints need, straight on ASGI: on this path a framework is most of the cost."""

import asyncio
import json
from collections.abc import Awaitable, Callable, Iterable, Mapping, MutableMapping
from dataclasses import dataclass, field, replace
from typing import Any

from shared.vocabulary import ErrorCode
from verify_web.authorization_server.form import MAX_BODY_BYTES

Scope = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[MutableMapping[str, Any]]]
Send = Callable[[MutableMapping[str, Any]], Awaitable[None]]
ASGIApp = Callable[[Scope, Receive, Send], Awaitable[None]]
Headers = tuple[tuple[bytes, bytes], ...]

BODY_TIMEOUT = 10.0
"""Seconds that a client may take to send its body; a dripping one is let go."""

NO_STORE: Headers = ((b"cache-control", b"no-store"), (b"pragma", b"no-cache"))
_JSON: Headers = ((b"content-type", b"application/json"), (b"x-content-type-options", b"nosniff"))


@dataclass(frozen=True, slots=True)
class Request:
    """One HTTP request with its body; ``address`` is the caller's, as the server in front trusts it."""

    method: str
    query: bytes
    address: str
    body: bytes = field(repr=False)
    raw_headers: Iterable[tuple[bytes, bytes]] = field(repr=False)

    def header(self, name: bytes) -> bytes | None:
        """The one header called ``name`` (lower case).

        Raises:
            OAuthError: given twice.
        """
        found = None
        for key, value in self.raw_headers:
            if key == name:
                if found is not None:
                    raise OAuthError(ErrorCode.INVALID_REQUEST, f"the header {name.decode()} is given twice")
                found = value
        return found

    def headers(self, name: bytes) -> list[bytes]:
        """Every header called ``name`` (lower case), for those that may be given more than once."""
        return [value for key, value in self.raw_headers if key == name]


@dataclass(frozen=True, slots=True)
class Response:
    status: int
    body: bytes = field(repr=False)
    headers: Headers = field(repr=False)

    def with_header(self, name: bytes, value: bytes) -> "Response":
        return replace(self, headers=(*self.headers, (name, value)))


Endpoint = Callable[[Request], Awaitable[Response]]


_encode = json.JSONEncoder(
    separators=(",", ":")
).encode  # one encoder for all, where ``dumps`` would make one a call


def json_text(members: Mapping[str, Any]) -> bytes:
    """The members as compact JSON."""
    return _encode(members).encode()


def json_response(members: Mapping[str, Any], *, status: int = 200, headers: Headers = NO_STORE) -> Response:
    return json_bytes(json_text(members), status=status, headers=headers)


def json_bytes(body: bytes, *, status: int = 200, headers: Headers = NO_STORE) -> Response:
    return Response(status, body, (*_JSON, (b"content-length", b"%d" % len(body)), *headers))


class OAuthError(Exception):
    """An error of the protocol, on its way to the client (RFC 6749 §5.2)."""

    def __init__(
        self,
        code: ErrorCode,
        description: str,
        *,
        status: int = 400,
        headers: Headers = (),
        **members: str | int,
    ) -> None:
        super().__init__(description)
        self.code = code
        self.status = status
        self.headers = headers
        self.members = members

    def response(self) -> Response:
        members = {"error": self.code, "error_description": str(self), **self.members}
        return json_response(members, status=self.status, headers=(*NO_STORE, *self.headers))


class BodyTooLargeError(Exception):
    """More than 16 KiB; answered with 413 before the rest is read."""


class ClientGoneError(Exception):
    """The client hung up, or sent its body too slowly to be waited for."""


async def read_body(receive: Receive) -> bytes:
    """The whole body, at most ``MAX_BODY_BYTES``, within ``BODY_TIMEOUT`` from its first byte to its last.

    Raises:
        BodyTooLargeError, ClientGoneError
    """
    chunks: list[bytes] = []
    size = 0
    try:
        async with asyncio.timeout(BODY_TIMEOUT):
            while True:
                message = await receive()
                if message["type"] != "http.request":
                    raise ClientGoneError
                chunks.append(message.get("body", b""))
                size += len(chunks[-1])
                if size > MAX_BODY_BYTES:
                    raise BodyTooLargeError
                if not message.get("more_body"):
                    return b"".join(chunks)
    except TimeoutError:
        raise ClientGoneError from None


async def send_response(send: Send, response: Response) -> None:
    await send({"type": "http.response.start", "status": response.status, "headers": response.headers})
    await send({"type": "http.response.body", "body": response.body})
