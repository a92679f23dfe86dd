"""HTTP on uvicorn's httptools protocol, with immediate responses where a request needs to wait for nothing.

A poll, step (E), arrives whole, waits for nothing and gets a short response. Uvicorn makes a task for each
request and writes head and body separately; both together take longer than the poll itself. This protocol
starts the application while the bytes are being read. If the application finishes without waiting, its
response leaves in one write at the end of the event loop's turn, together with the other responses of that
turn. If the application waits, uvicorn's ordinary request cycle continues it, so draining, pipelining,
timeouts and disconnects stay uvicorn's. What such a cycle writes in one turn leaves in one write too.

Until the application waits for the first time it runs outside any task, so it must not use
``asyncio.timeout`` and the like before that; ``asyncio.sleep(0)`` is a wait too. The protocol depends on
private parts of uvicorn; ``http_protocol`` checks them at start.
"""

import asyncio
from collections.abc import Awaitable
from http import HTTPStatus
from typing import cast

from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol, RequestResponseCycle

from pairgrant_server.authorization_server.http.message import WHOLE_BODY
from pairgrant_server.serving.bounded_protocol import BoundedProtocol, Connections
from pairgrant_server.serving.inline_exchange import InlineExchange, JoinedWrites, continued, finished
from pairgrant_server.serving.response_head import Headers, response_head

_MOST_HELD = 65_536
"""Bytes of a connection that wait for the end of the turn at most."""


def inline_protocol(paths: frozenset[str], connections: Connections) -> type[HttpToolsProtocol]:
    """The class for ``uvicorn.Config(http=...)``; POST to ``paths`` may get an immediate response."""
    members = {
        "inline_paths": frozenset(path.encode() for path in paths),
        "to_flush": [],
        "open_connections": connections,
    }
    return type("InlineProtocolForPaths", (InlineProtocol,), members)


class InlineProtocol(BoundedProtocol):
    inline_paths: frozenset[bytes]
    to_flush: "list[InlineProtocol]"
    """The connections of one server that have something to send at the end of the loop's turn."""

    _body = b""
    _outgoing = b""
    """Responses to send at the end of the turn."""
    _closes = False
    """Whether the connection closes after them."""
    _idle_since: float | None = None
    """When the last response was sent; None while a request is being read or processed."""

    def hold_back_no_longer(self) -> None:
        self.holds_back = False
        self._pass_on()
        super().on_body(self._body)

    def head_accepted(self) -> None:
        """Hold back a plain request, if the connection has no other request in progress."""
        self._body = b""
        self.holds_back = (
            self.url in self.inline_paths
            and (self.cycle is None or self.cycle.response_complete)  # type: ignore[redundant-expr]  # None at first
            and not self.expect_100_continue
            and not self.flow.write_paused
            and not self._closes
            and self.parser.get_method() == b"POST"
            and self.parser.should_keep_alive()
            and self.http_version == "1.1"
            and not self.parser.should_upgrade()
        )
        if not self.holds_back:
            self._pass_on()

    def _pass_on(self) -> None:
        """Let uvicorn process the request."""
        super().head_accepted()
        if self.cycle is not None:  # a websocket has none
            self.cycle.transport = self._joined_writes()

    def _joined_writes(self) -> asyncio.Transport:
        """Has what a cycle uses of a transport."""
        return cast("asyncio.Transport", JoinedWrites(self))

    def on_body(self, body: bytes) -> None:
        if self.holds_back:
            self._body += body
        else:
            super().on_body(body)

    def on_message_complete(self) -> None:
        if not self.holds_back:
            super().on_message_complete()
            return
        scope = self.scope
        scope["method"], scope["path"] = "POST", self.url.decode("ascii")
        scope["raw_path"], scope["query_string"] = self.url, b""
        scope[WHOLE_BODY] = self._body  # type: ignore[literal-required]  # a key of our own
        exchange = InlineExchange(self, self._body)
        application = self.app(scope, exchange.receive, exchange)  # a coroutine, not yet started
        try:
            waits_for = application.send(None)
        except StopIteration:
            if exchange.is_complete:
                self.holds_back = False
                self.respond(exchange.status, exchange.headers, exchange.body)
            else:
                self._continue(exchange, finished(None))
        except Exception as error:  # noqa: BLE001 - uvicorn logs it and responds with 500
            self._continue(exchange, finished(error))
        else:
            self._continue(exchange, continued(application, waits_for))

    def respond(self, status: int, headers: Headers, body: bytes) -> None:
        """Send a whole response at the end of the turn."""
        head, self._closes = response_head(status, headers)
        self.send_soon(b"".join((head, self.common_lines(), b"\r\n", body)))
        if not self._closes and (self.timeout_keep_alive_task is None or self.pipeline):
            self.on_response_complete()
        else:
            self.server_state.total_requests += 1
            self._idle_since = self.loop.time()

    # Uvicorn closes an idle connection with one timer for each response; to create and cancel it costs a
    # tenth of a poll. Here one timer stays while the connection is in use, and starts again if the connection
    # was used meanwhile.

    def on_response_complete(self) -> None:
        self._cancel_timer()
        super().on_response_complete()
        self._idle_since = self.loop.time()

    def _unset_keepalive_if_required(self) -> None:
        self._idle_since = None

    def timeout_keep_alive_handler(self) -> None:
        self.timeout_keep_alive_task = None
        if self._idle_since is None:
            return  # the response to the current request starts the timer again
        left = self._idle_since + self.timeout_keep_alive - self.loop.time()
        if left <= 0:
            super().timeout_keep_alive_handler()
        else:
            self.timeout_keep_alive_task = self.loop.call_later(left, self.timeout_keep_alive_handler)

    def connection_lost(self, exc: Exception | None) -> None:
        super().connection_lost(exc)
        self._cancel_timer()
        for cycle in (self.cycle, self._running):
            if cycle is not None:  # without a circle of references no garbage collection is needed
                cycle.transport = self.transport

    def _cancel_timer(self) -> None:
        if self.timeout_keep_alive_task is not None:
            self.timeout_keep_alive_task.cancel()
            self.timeout_keep_alive_task = None

    def send_soon(self, data: bytes) -> None:
        """Send ``data`` at the end of the turn."""
        if not self._outgoing:
            if not self.to_flush:
                self.loop.call_soon(self._flush_all)
            self.to_flush.append(self)
        self._outgoing += data
        if len(self._outgoing) > _MOST_HELD:
            self.flush()

    def _flush_all(self) -> None:
        protocols = iter(self.to_flush.copy())
        self.to_flush.clear()
        try:
            for protocol in protocols:
                protocol.flush()
        finally:  # what one connection raises keeps no other one waiting
            for protocol in protocols:
                self.loop.call_soon(protocol.flush)

    def flush(self) -> None:
        """Send now what waits for the end of the turn."""
        outgoing, self._outgoing = self._outgoing, b""
        if self.transport.is_closing():  # uvloop raises on a write to a lost connection
            return
        if outgoing:
            self.transport.write(outgoing)
        if self._closes:
            self.transport.close()

    def eof_received(self) -> None:
        """The client sends nothing more. The loop closes the connection after this, as uvicorn lets it."""
        self.flush()

    def send_400_response(self, msg: str) -> None:
        self.flush()
        super().send_400_response(msg)

    def _refuse(self, status: HTTPStatus) -> None:
        self.flush()
        super()._refuse(status)

    def handle_websocket_upgrade(self) -> None:
        self.flush()
        super().handle_websocket_upgrade()

    def shutdown(self) -> None:
        self.flush()
        super().shutdown()

    def _continue(self, exchange: InlineExchange, rest: Awaitable[None]) -> None:
        """Give uvicorn a request whose application has already started.

        It does what ``HttpToolsProtocol.on_headers_complete`` does for a plain request whose body is
        complete.
        """
        self.holds_back = False
        exchange.cycle = self.cycle = RequestResponseCycle(
            scope=self.scope,
            transport=self._joined_writes(),
            flow=self.flow,
            logger=self.logger,
            access_logger=self.access_logger,
            access_log=self.access_log,
            default_headers=self.server_state.default_headers,
            message_event=asyncio.Event(),
            expect_100_continue=False,
            keep_alive=True,
            on_response=self.on_response_complete,
        )
        self.cycle.more_body = False
        self._start_asgi_task(self.cycle, lambda _scope, _receive, _send: rest)
