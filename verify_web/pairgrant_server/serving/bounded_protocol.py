"""HTTP on uvicorn's httptools protocol, with bounds on what an unknown sender may cost.

Uvicorn bounds neither the bytes nor the time of a request head, nor the number of connections. Beyond the
callbacks of httptools this class uses nothing private of uvicorn that ``InlineProtocol`` doesn't, so it also
serves where that one can't.
"""

import asyncio
from collections.abc import Hashable
from http import HTTPStatus
from typing import Protocol

from uvicorn._types import ASGI3Application
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol, RequestResponseCycle

from pairgrant_server.authorization_server.http.message import FIELDS
from pairgrant_server.authorization_server.limits.network import network_of
from pairgrant_server.security_events import SecurityEvent, emit
from pairgrant_server.serving.head_rules import (
    HEAD_SECONDS,
    MAX_BARREN_BYTES,
    MAX_FIELDS,
    MAX_HEAD_BYTES,
    MAX_PIPELINED,
    WRITE_SECONDS,
    RefusedHeadError,
    accepted_fields,
)
from pairgrant_server.serving.open_connections import OpenConnections
from pairgrant_server.serving.response_head import header_lines, response_head


class BoundedConnection(Hashable, Protocol):
    """What is counted: a connection, or the TLS handshake before it."""

    transport: asyncio.Transport


Connections = OpenConnections[BoundedConnection]


def is_admitted(connection: BoundedConnection, address: str, connections: Connections) -> bool:
    """Count one more connection, and close the one that gives way to it."""
    admission = connections.admit(connection, address)
    if admission.gives_way is not None:
        admission.gives_way.transport.abort()
    if admission.gives_way is not None or not admission.is_admitted:
        emit(SecurityEvent.LIMIT_REACHED, network=network_of(address), limit="connections")
    return admission.is_admitted


def bounded_protocol(connections: Connections) -> type[HttpToolsProtocol]:
    """The class for ``uvicorn.Config(http=...)``."""
    return type("BoundedProtocolOfServer", (BoundedProtocol,), {"open_connections": connections})


class BoundedProtocol(HttpToolsProtocol):
    open_connections: Connections
    http_version = ""
    """Of the last head that is complete."""
    handshake: BoundedConnection | None = None
    """What was counted in place of this connection, until TLS was agreed."""

    holds_back = False
    """Whether uvicorn has not yet seen the request that is being read; true only during one read."""

    _complete: "list[tuple[bytes, bytes]] | None" = None
    """The fields of the last head that is complete; a head is open while ``headers`` is another list."""
    _head_bytes = 0
    """Bytes of the open head in the reads before this one."""
    _read_bytes = 0
    _barren_bytes = 0
    """Bytes since the head was complete that brought no part of a body, in reads without such a part."""
    _head_timer: asyncio.TimerHandle | None = None
    """Runs while the client is expected to send a head or the rest of it."""
    _write_timer: asyncio.TimerHandle | None = None
    """Runs while the client does not read its responses."""
    _running: RequestResponseCycle | None = None
    """The request that was started last; later ones wait in ``pipeline``."""
    _refusal: HTTPStatus | None = None
    _common: tuple[object, bytes] = (None, b"")

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]  # as uvicorn's
        super().connection_made(transport)
        if self.handshake is not None:
            self.open_connections.release(self.handshake)
        if is_admitted(self, self.client[0] if self.client else "unknown", self.open_connections):
            self._expect_head()
        else:
            transport.abort()

    def connection_lost(self, exc: Exception | None) -> None:
        self._expect_no_head()
        self._expect_no_reading()
        self.open_connections.release(self)
        self.pipeline.clear()
        if self._running is not None:  # uvicorn marks only the last request of a pipeline
            self._running.disconnected = True
            self._running.message_event.set()
        super().connection_lost(exc)

    def _start_asgi_task(self, cycle: RequestResponseCycle, app: ASGI3Application) -> None:
        self._running = cycle
        super()._start_asgi_task(cycle, app)

    def pause_writing(self) -> None:
        super().pause_writing()
        self._expect_no_reading()
        self._write_timer = self.loop.call_later(WRITE_SECONDS, self.transport.abort)

    def resume_writing(self) -> None:
        self._expect_no_reading()
        super().resume_writing()

    def _expect_no_reading(self) -> None:
        if self._write_timer is not None:
            self._write_timer.cancel()
            self._write_timer = None

    def data_received(self, data: bytes) -> None:
        headers, completed = self.headers, self._complete
        self._read_bytes = len(data)
        super().data_received(data)
        if self.headers is not self._complete:
            self._after_part_of_head(
                is_first=self.headers is not headers, is_alone=self._complete is completed
            )
        elif self.headers is headers:
            self._after_read_without_head()
        if self.holds_back:
            self.hold_back_no_longer()

    def hold_back_no_longer(self) -> None:
        """The read has ended within the body of a request that was held back."""

    def _after_part_of_head(self, *, is_first: bool, is_alone: bool) -> None:
        """A read that ended within a head, whose first part it had or not, after other heads or alone."""
        if self.transport.is_closing():
            return
        if is_first:
            self._head_bytes = 0
            self._expect_head()
        if not is_first or (
            is_alone and self._is_idle()
        ):  # earlier requests in the same read are not counted
            self._head_bytes += self._read_bytes
        if self._head_bytes > MAX_HEAD_BYTES or len(self.headers) > MAX_FIELDS:
            self._refuse(HTTPStatus.REQUEST_HEADER_FIELDS_TOO_LARGE)

    def _after_read_without_head(self) -> None:
        """A read with part of a body, of its framing or trailers, or bytes between requests."""
        if self.transport.is_closing():
            return
        if self._is_idle() and self._head_timer is None:
            self._expect_head()  # bytes that begin no request don't keep a connection open
        self._barren_bytes += self._read_bytes
        if self._barren_bytes > MAX_BARREN_BYTES:
            self._refuse(HTTPStatus.REQUEST_HEADER_FIELDS_TOO_LARGE)

    def _is_idle(self) -> bool:
        return self.cycle is None or self.cycle.response_complete  # type: ignore[redundant-expr]  # None at first

    def on_header(self, name: bytes, value: bytes) -> None:
        """A field of the head, as uvicorn takes it. Trailers, which come here too, are dropped (RFC 9110
        §6.5.1).
        """
        if self.headers is self._complete:
            return
        self.headers.append((name.lower(), value))

    def on_headers_complete(self) -> None:
        headers = self._complete = self.headers
        if self._head_timer is not None:
            self._expect_no_head()
            self.open_connections.has_sent_head(self)
        size = self._head_bytes + self._read_bytes
        if size > MAX_HEAD_BYTES:  # the read may have more than this head
            size = len(self.url) + sum(len(name) + len(value) + 4 for name, value in headers)
        self._head_bytes = self._barren_bytes = 0
        self.http_version = self.parser.get_http_version()
        try:
            fields = accepted_fields(headers, version=self.http_version, head_bytes=size)
            self.scope[FIELDS] = fields  # type: ignore[literal-required]  # a key of our own
            if b"expect" in fields:
                self.expect_100_continue = any(
                    name == b"expect" and value.lower() == b"100-continue" for name, value in headers
                )
            self.head_accepted()
        except RefusedHeadError as refused:
            self._refusal = refused.status
            raise  # the parser stops, and uvicorn calls ``send_400_response``

    def on_body(self, body: bytes) -> None:
        self._barren_bytes = -self._read_bytes
        super().on_body(body)

    def head_accepted(self) -> None:
        """Begin the request, whose head is complete and within bounds.

        Raises:
            RefusedHeadError
        """
        if len(self.pipeline) >= MAX_PIPELINED:
            raise RefusedHeadError(HTTPStatus.TOO_MANY_REQUESTS)
        upgrades = self.parser.should_upgrade()
        if upgrades and self._should_upgrade() and self.parser.get_method() != b"GET":  # RFC 6455 §4.1
            raise RefusedHeadError(HTTPStatus.BAD_REQUEST)
        super().on_headers_complete()
        if upgrades and not self._should_upgrade():
            self.cycle.keep_alive = False  # the parser reads nothing after an upgrade that is ignored

    def handle_websocket_upgrade(self) -> None:
        """Hand the connection over; the gate of the site bounds websockets."""
        self._expect_no_head()
        self.open_connections.release(self)
        super().handle_websocket_upgrade()

    def send_400_response(self, msg: str) -> None:
        if self._refusal is None:
            super().send_400_response(msg)
        else:
            self._refuse(self._refusal)

    def _refuse(self, status: HTTPStatus) -> None:
        """Respond with ``status`` if no other response is on its way, and close."""
        self._expect_no_head()
        if self._is_idle():
            text = status.phrase.encode()
            headers = (
                (b"content-type", b"text/plain; charset=utf-8"),
                (b"content-length", b"%d" % len(text)),
                (b"connection", b"close"),
            )
            head, _ = response_head(status, headers)
            self.transport.write(b"".join((head, self.common_lines(), b"\r\n", text)))
        self.transport.close()

    def common_lines(self) -> bytes:
        """The header lines of every response; uvicorn makes a new list of them once a second."""
        headers = self.server_state.default_headers
        found, lines = self._common
        if found is not headers:
            lines = header_lines(tuple(headers))
            self._common = (headers, lines)
        return lines

    def _expect_head(self) -> None:
        self._expect_no_head()
        self._head_timer = self.loop.call_later(HEAD_SECONDS, self._head_is_late)

    def _expect_no_head(self) -> None:
        if self._head_timer is not None:
            self._head_timer.cancel()
            self._head_timer = None

    def _head_is_late(self) -> None:
        self._head_timer = None
        if self.transport.is_closing():
            return
        if self.headers is not self._complete:
            self._refuse(HTTPStatus.REQUEST_TIMEOUT)
        else:
            self.transport.close()
