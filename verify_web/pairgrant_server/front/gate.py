"""The gate before the site: it refuses unknown paths, foreign origins and floods before a page is made."""

import time
from collections.abc import Callable, Mapping
from enum import Enum

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from pairgrant_server.authorization_server.limits.network import network_of
from pairgrant_server.front.guarded_socket import GuardedSocket
from pairgrant_server.front.open_sockets import OpenSockets
from pairgrant_server.front.origins import is_foreign
from pairgrant_server.front.page_budget import PageBudget
from pairgrant_server.front.socket_rules import may_open
from pairgrant_server.security_events import SecurityEvent, emit

_POLICY_VIOLATION = 1008
"""The close code of a refused socket; before the handshake it becomes a plain 403."""

_UNTRUSTED_HEADERS = frozenset({b"host", b"x-forwarded-host", b"x-forwarded-prefix"})
"""Headers from which NiceGUI and Starlette would build the site's own URLs."""


class Refusal(Enum):
    NOT_FOUND = "not found"
    METHOD_NOT_ALLOWED = "method not allowed"
    FOREIGN = "foreign"
    TOO_MANY = "too many"


def caller_network(scope: Scope) -> str:
    """The caller's network, by the address that ``CallerAddress`` determined; no header is read here."""
    client = scope.get("client")
    return network_of(client[0]) if client else "unknown"


class Gate:
    """Passes on the requests that the site has a page for.

    ``methods_of(path)`` are the methods that a path accepts, none for an unknown one. ``socket_path`` is the
    one websocket. ``responses`` are the pages for refused requests.
    """

    def __init__(
        self,
        app: ASGIApp,
        *,
        origin: str,
        methods_of: Callable[[str], frozenset[str]],
        socket_path: str,
        responses: Mapping[Refusal, ASGIApp],
        budget: PageBudget,
        sockets: OpenSockets,
        timer: Callable[[], float] = time.monotonic,
    ) -> None:
        self.app = app
        self._origin = origin
        self._host = (b"host", origin.partition("://")[2].encode())
        self._methods_of = methods_of
        self._socket_path = socket_path
        self._responses = responses
        self._budget = budget
        self._sockets = sockets
        self._timer = timer

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http":
            await self._http(scope, receive, send)
        elif scope["type"] == "websocket":
            await self._websocket(scope, receive, send)
        else:
            await self.app(scope, receive, send)

    async def _http(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["method"] == "HEAD":
            scope, send = {**scope, "method": "GET"}, _without_body(send)
        methods = self._methods_of(scope["path"])
        refusal = self._judge(scope, methods)
        if refusal is Refusal.METHOD_NOT_ALLOWED:
            send = _allowing(methods, send)
        if refusal is Refusal.TOO_MANY:
            emit(SecurityEvent.LIMIT_REACHED, network=caller_network(scope), limit="pages")
        if refusal is not None:
            await self._responses[refusal](scope, receive, send)
            return
        headers = [header for header in scope["headers"] if header[0] not in _UNTRUSTED_HEADERS]
        await self.app({**scope, "headers": [self._host, *headers]}, receive, send)

    def _judge(self, scope: Scope, methods: frozenset[str]) -> Refusal | None:
        if not self._budget.allows(caller_network(scope), scope):
            return Refusal.TOO_MANY
        if not methods:
            return Refusal.NOT_FOUND
        if scope["method"] not in methods:
            return Refusal.METHOD_NOT_ALLOWED
        if scope["method"] != "GET" and is_foreign(scope["headers"], self._origin):
            return Refusal.FOREIGN
        return None

    async def _websocket(self, scope: Scope, receive: Receive, send: Send) -> None:
        network = caller_network(scope)
        admitted = (
            scope["path"] == self._socket_path
            and not is_foreign(scope["headers"], self._origin)
            and may_open(scope["query_string"])
        )
        if not admitted or not self._allows_socket(network, scope):
            await receive()  # the request to connect
            await send({"type": "websocket.close", "code": _POLICY_VIOLATION})
            return
        try:
            await GuardedSocket(receive, send, clock=self._timer).run(self.app, scope)
        finally:
            self._sockets.release(network)

    def _allows_socket(self, network: str, scope: Scope) -> bool:
        """Count one more websocket of ``network``, unless a limit is reached."""
        if not self._budget.allows(network, scope):
            reached = "pages"
        elif not self._sockets.admit(network):
            reached = "websockets"
        else:
            return True
        emit(SecurityEvent.LIMIT_REACHED, network=network, limit=reached)
        return False


def _allowing(methods: frozenset[str], send: Send) -> Send:
    """Add ``Allow``, which a 405 response must have (RFC 9110 §15.5.6)."""
    named = methods | {"HEAD"} if "GET" in methods else methods
    allow = (b"allow", ", ".join(sorted(named)).encode())

    async def send_with_allow(message: Message) -> None:
        if message["type"] == "http.response.start":
            message = {**message, "headers": [*message["headers"], allow]}
        await send(message)

    return send_with_allow


def _without_body(send: Send) -> Send:
    """HEAD is GET without the body (RFC 9110 §9.3.2)."""

    async def send_head(message: Message) -> None:
        if message["type"] == "http.response.body":
            message = {**message, "body": b""}
        await send(message)

    return send_head
