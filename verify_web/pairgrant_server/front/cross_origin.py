"""CORS for endpoints that use no cookie: an application in a browser may call them from any origin.

A browser sends no credentials of its own with these requests, so the origin of the caller proves nothing and
protects nothing. Pages, and endpoints to which a browser navigates, stay closed (RFC 9700 §2.6).
"""

from collections.abc import Awaitable

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from pairgrant_server.authorization_server.http.message import FIELDS

_ALLOW_ORIGIN = (b"access-control-allow-origin", b"*")

_RESPONSE_HEADERS = (
    _ALLOW_ORIGIN,
    (
        b"access-control-expose-headers",
        b"WWW-Authenticate, DPoP-Nonce, Retry-After, Preference-Applied, Date, ETag, X-Request-Id",
    ),
)

_PREFLIGHT_HEADERS = (
    _ALLOW_ORIGIN,
    (b"access-control-allow-methods", b"GET, HEAD, POST, DELETE"),
    # Authorization is never covered by "*" (Fetch §4.9).
    (b"access-control-allow-headers", b"Authorization, Content-Type, DPoP, Prefer, If-None-Match"),
    (b"access-control-max-age", b"7200"),
    (b"cache-control", b"no-store"),
    (b"x-content-type-options", b"nosniff"),
)


class CrossOrigin:
    """Answers preflights for ``app`` and lets every origin read its responses, but for the ``closed`` paths.

    A GET gets the headers even without ``Origin``, because its response may be cached for other callers.
    """

    def __init__(self, app: ASGIApp, *, closed: frozenset[str] = frozenset()) -> None:
        self.app = app
        self._closed = closed

    def __call__(self, scope: Scope, receive: Receive, send: Send) -> Awaitable[None]:
        """No coroutine of its own: a poll, which has no ``Origin``, pays for one look at its headers."""
        fields = scope.get(FIELDS) or dict(scope["headers"])
        method = scope["method"]
        if (b"origin" not in fields and method != "GET") or scope["path"] in self._closed:
            return self.app(scope, receive, send)
        if method == "OPTIONS" and b"access-control-request-method" in fields:
            return _preflight(send)
        return self.app(scope, receive, _readable(send))


async def _preflight(send: Send) -> None:
    await send({"type": "http.response.start", "status": 204, "headers": _PREFLIGHT_HEADERS})
    await send({"type": "http.response.body", "body": b""})


def _readable(send: Send) -> Send:
    async def send_readable(message: Message) -> None:
        if message["type"] == "http.response.start":
            message = {**message, "headers": (*message["headers"], *_RESPONSE_HEADERS)}
        await send(message)

    return send_readable
