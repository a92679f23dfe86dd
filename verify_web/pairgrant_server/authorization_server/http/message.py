"""HTTP requests and responses directly on ASGI: a framework would be most of the cost of a poll."""

from collections.abc import Awaitable, Callable, Mapping, MutableMapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from pairgrant_protocol.vocabulary import ErrorCode
from pairgrant_server.authorization_server.errors import OAuthError
from pairgrant_server.authorization_server.http.form import MAX_BODY_BYTES
from pairgrant_server.authorization_server.json_text import json_text
from pairgrant_server.errors import PairgrantServerError

Scope = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[MutableMapping[str, Any]]]
Send = Callable[[MutableMapping[str, Any]], Awaitable[None]]
ASGIApp = Callable[[Scope, Receive, Send], Awaitable[None]]
Headers = tuple[tuple[bytes, bytes], ...]
WholeSend = Callable[[int, Headers, bytes], bool]
"""``send_whole`` of a ``Send`` that can take status, headers and body in one call; False where it did not."""

NO_STORE: Headers = ((b"cache-control", b"no-store"), (b"pragma", b"no-cache"))
_JSON: Headers = ((b"content-type", b"application/json"), (b"x-content-type-options", b"nosniff"))


WHOLE_BODY = "pairgrant.whole_body"
"""Key in a scope: the body, if it came with the head (``pairgrant_server.serving.inline_protocol``)."""

FIELDS = "pairgrant.fields"
"""Key in a scope: the headers by name, the last one of several (``pairgrant_server.serving.head_rules``).

The gate of the site changes ``headers`` alone, so nothing behind it may read this.
"""

_ANY_ADDRESS = ("unknown", 0)


class Request:
    """One HTTP request with its body; ``address`` is the caller's, as the trusted proxy reports it."""

    __slots__ = ("_headers", "_last_headers", "address", "body", "query")

    def __init__(self, scope: Scope, body: bytes) -> None:
        self.query: bytes = scope["query_string"]
        self.address: str = (scope.get("client") or _ANY_ADDRESS)[0]
        self.body = body
        self._headers: Sequence[tuple[bytes, bytes]] = scope["headers"]
        self._last_headers: Mapping[bytes, bytes] = scope.get(FIELDS) or dict(self._headers)

    def header(self, name: bytes) -> bytes | None:
        """The value of the header ``name`` (lower case).

        Raises:
            OAuthError: given twice.
        """
        found = self._last_headers.get(name)
        if found is not None and self._repeats and len(self.headers(name)) > 1:
            raise OAuthError(ErrorCode.INVALID_REQUEST, f"the header {name.decode()} is given twice")
        return found

    def headers(self, name: bytes) -> Sequence[bytes]:
        """Every value of the header ``name`` (lower case), which may be given more than once."""
        if name not in self._last_headers:
            return ()
        return [value for key, value in self._headers if key == name]

    @property
    def _repeats(self) -> bool:
        """Whether any header is given more than once, which is rare."""
        return len(self._last_headers) < len(self._headers)


@dataclass(slots=True)
class Response:
    status: int
    body: bytes = field(repr=False)
    headers: Headers = field(repr=False)

    def with_header(self, name: bytes, value: bytes) -> "Response":
        return Response(self.status, self.body, (*self.headers, (name, value)))


Endpoint = Callable[[Request], Awaitable[Response]]


def json_response(members: Mapping[str, Any], *, status: int = 200, headers: Headers = NO_STORE) -> Response:
    return json_bytes(json_text(members), status=status, headers=headers)


def json_bytes(body: bytes, *, status: int = 200, headers: Headers = NO_STORE) -> Response:
    return Response(status, body, (*_JSON, (b"content-length", b"%d" % len(body)), *headers))


class BodyTooLargeError(PairgrantServerError):
    """The body is larger than 16 KiB; the rest is not read."""


class ClientGoneError(PairgrantServerError):
    """The client disconnected, or sent its body too slowly."""


def bounded(body: bytes) -> bytes:
    """Raises ``BodyTooLargeError``."""
    if len(body) > MAX_BODY_BYTES:
        raise BodyTooLargeError
    return body


async def read_body(receive: Receive) -> bytes:
    """The whole body, at most ``MAX_BODY_BYTES``, without a time limit (``BodyReader`` has one).

    Raises:
        BodyTooLargeError
        ClientGoneError
    """
    body = b""
    while True:
        message = await receive()
        if message["type"] != "http.request":
            raise ClientGoneError
        chunk: bytes = message.get("body", b"")
        body = bounded(body + chunk if body else chunk)
        if not message.get("more_body"):
            return body
