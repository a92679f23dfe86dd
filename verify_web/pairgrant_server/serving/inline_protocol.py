"""HTTP on uvicorn's own protocol class, with an answer at once where nothing needs to be waited for.

A poll, step (E), arrives whole, waits for nothing and is answered in a few bytes. Ordinarily a task is made for it, and
its answer leaves as two packets, head and body; both together take longer than the poll. Here the application is started
while the bytes are being read. If it comes to its end, its answer leaves in one write, together with the other answers of
the loop's turn, so that who receives them (a proxy, most likely) is woken once for all of them. If it waits for something,
uvicorn's ordinary request goes on with it from there, so that draining, pipelining, timeouts and hang-ups are uvicorn's.

Until an application waits for the first time it runs outside any task: ``asyncio.timeout`` and the like must come later.
"""

import asyncio
from collections.abc import Awaitable, Coroutine, Generator
from functools import lru_cache
from http import HTTPStatus
from typing import Any, cast

from uvicorn._types import HTTPResponseBodyEvent
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol, RequestResponseCycle

from pairgrant_server.authorization_server.http.message import WHOLE_BODY

_MOST_HEADS = 512

Message = dict[str, Any]
Headers = tuple[tuple[bytes, bytes], ...]


def prompt_protocol(paths: frozenset[str]) -> type[HttpToolsProtocol]:
    """The protocol class for ``uvicorn.Config(http=...)``; POST requests to ``paths`` may be answered at once."""
    members = {"prompt_paths": frozenset(path.encode() for path in paths), "departures": []}
    return type("Prompt", (PromptProtocol,), members)


class PromptProtocol(HttpToolsProtocol):
    prompt_paths: frozenset[bytes]
    departures: "list[PromptProtocol]"
    """Those of one server that have something to send at the end of the loop's turn."""

    _held_back = False
    """Whether uvicorn has not heard yet of the request that is being read; never for longer than one read."""
    _body = b""
    _leaving = b""
    """Answers that leave at the end of the turn."""
    _ends = False
    """Whether the connection ends with them."""
    _idle_since: float | None = None
    """When the connection was last answered; None while a request is being read or answered."""

    def data_received(self, data: bytes) -> None:
        super().data_received(data)
        if self._held_back:  # the rest of the body comes later
            self._held_back = False
            super().on_headers_complete()
            super().on_body(self._body)

    def on_headers_complete(self) -> None:
        if self._may_be_prompt():
            self._held_back = True
            self._body = b""
        else:
            super().on_headers_complete()

    def _may_be_prompt(self) -> bool:
        """Whether this is a plain request on a connection where nothing else is under way."""
        return (
            self.url in self.prompt_paths
            and (self.cycle is None or self.cycle.response_complete)  # type: ignore[redundant-expr]  # None at first
            and not self.expect_100_continue
            and not self.flow.write_paused
            and not self._ends
            and self.parser.get_method() == b"POST"
            and self.parser.should_keep_alive()
            and self.parser.get_http_version() == "1.1"
            and not self.parser.should_upgrade()
        )

    def on_body(self, body: bytes) -> None:
        if self._held_back:
            self._body += body
        else:
            super().on_body(body)

    def on_message_complete(self) -> None:
        if not self._held_back:
            super().on_message_complete()
            return
        scope = self.scope
        scope["method"], scope["path"] = "POST", self.url.decode("ascii")
        scope["raw_path"], scope["query_string"] = self.url, b""
        scope[WHOLE_BODY] = self._body  # type: ignore[literal-required]  # a key of our own
        exchange = _Exchange(self, self._body)
        application = self.app(scope, exchange.receive, exchange.send)  # a coroutine, not yet begun
        try:
            waits_for = application.send(None)
        except StopIteration:
            if exchange.is_answered:
                self._answer(exchange)
            else:
                self._go_on(exchange, _ended(None))
        except Exception as error:  # noqa: BLE001 - uvicorn logs it and answers 500, as ever
            self._go_on(exchange, _ended(error))
        else:
            self._go_on(exchange, _Rest(application, waits_for))

    def _answer(self, exchange: "_Exchange") -> None:
        self._held_back = False
        self.answer(exchange.status, exchange.headers, exchange.body)

    def answer(self, status: int, headers: Headers, body: bytes) -> None:
        """Send a whole answer at the end of the turn."""
        head, self._ends = _head(status, headers)
        common = _lines(tuple(self.server_state.default_headers))
        self.leave_soon(b"".join((head, common, b"\r\n", body)))
        if not self._ends and (self.timeout_keep_alive_task is None or self.pipeline):
            self.on_response_complete()
        else:
            self.server_state.total_requests += 1
            self._idle_since = self.loop.time()

    # Uvicorn ends a connection that has been idle for too long with a timer for each answer; to make one and to take it back
    # costs a tenth of a poll. Here a timer runs on while the connection is in use, and looks when it ends.

    def on_response_complete(self) -> None:
        self._end_timer()
        super().on_response_complete()
        self._idle_since = self.loop.time()

    def _unset_keepalive_if_required(self) -> None:
        self._idle_since = None

    def timeout_keep_alive_handler(self) -> None:
        self.timeout_keep_alive_task = None
        if self._idle_since is None:
            return  # the answer that is being waited for begins anew
        left = self._idle_since + self.timeout_keep_alive - self.loop.time()
        if left <= 0:
            super().timeout_keep_alive_handler()
        else:
            self.timeout_keep_alive_task = self.loop.call_later(left, self.timeout_keep_alive_handler)

    def connection_lost(self, exc: Exception | None) -> None:
        super().connection_lost(exc)
        self._end_timer()

    def _end_timer(self) -> None:
        if self.timeout_keep_alive_task is not None:
            self.timeout_keep_alive_task.cancel()
            self.timeout_keep_alive_task = None

    def leave_soon(self, data: bytes) -> None:
        """Send ``data`` at the end of the turn."""
        if not self.departures:
            self.loop.call_soon(self._all_leave)
        self.departures.append(self)
        self._leaving += data

    def _all_leave(self) -> None:
        departures = self.departures.copy()
        self.departures.clear()
        for protocol in departures:
            protocol.leave()

    def leave(self) -> None:
        """Send what waits for the end of the turn."""
        leaving, self._leaving = self._leaving, b""
        if self.transport.is_closing():  # uvloop raises where a lost connection is written to
            return
        if leaving:
            self.transport.write(leaving)
        if self._ends:
            self.transport.close()

    def send_400_response(self, msg: str) -> None:
        self.leave()
        super().send_400_response(msg)

    def shutdown(self) -> None:
        self.leave()
        super().shutdown()

    def _go_on(self, exchange: "_Exchange", rest: Awaitable[None]) -> None:
        """Make it a request of uvicorn's whose application has already begun: as ``HttpToolsProtocol`` would, but knowing more."""
        self._held_back = False
        exchange.cycle = self.cycle = RequestResponseCycle(
            scope=self.scope,
            transport=self.transport,
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


class _Exchange:
    """The application's two ends of one request: its body is there, and a whole answer is kept for the one write."""

    __slots__ = ("_protocol", "body", "cycle", "headers", "is_answered", "request", "status")

    def __init__(self, protocol: PromptProtocol, request: bytes) -> None:
        self._protocol = protocol
        self.request: bytes | None = request
        self.cycle: RequestResponseCycle | None = None
        self.status = 0
        self.headers: Headers = ()
        self.body = b""
        self.is_answered = False

    async def receive(self) -> Message:
        body, self.request = self.request, None
        if body is not None:
            return {"type": "http.request", "body": body, "more_body": False}
        cycle = await self._ordinary()
        message = await cycle.receive()
        if message["type"] == "http.request":  # uvicorn's, with nothing in it: the body was told before
            message = await cycle.receive()
        return cast("Message", message)

    async def send(self, message: Message) -> None:
        if message["type"] == "http.response.start":
            self.status, self.headers = message["status"], tuple(message["headers"])
        elif message.get("more_body"):
            await self._send_joined(await self._ordinary(), message)
        elif self.cycle is None:
            self.body, self.is_answered = message["body"], True
        elif self._is_plain(self.cycle):
            self.cycle.response_started = self.cycle.response_complete = True
            self.cycle.message_event.set()
            self._protocol.answer(self.status, self.headers, message["body"])
        else:
            await self._send_joined(self.cycle, message)

    def _is_plain(self, cycle: RequestResponseCycle) -> bool:
        """Whether nothing has happened while the application waited."""
        return (
            cycle.keep_alive
            and not cycle.disconnected
            and not cycle.response_started
            and not self._protocol.flow.write_paused
        )

    async def _ordinary(self) -> RequestResponseCycle:
        """Uvicorn's own request; to ask for it is to wait, which makes this one."""
        if self.cycle is None:
            await asyncio.sleep(0)
        return cast("RequestResponseCycle", self.cycle)

    async def _send_joined(self, cycle: RequestResponseCycle, message: Message) -> None:
        transport, joined = cycle.transport, _Joined(self._protocol)
        cycle.transport = cast("asyncio.Transport", joined)
        # A place ahead of the next request, which uvicorn starts before this one has left.
        self._protocol.leave_soon(b"")
        if not cycle.response_started:
            await cycle.send({"type": "http.response.start", "status": self.status, "headers": self.headers})
        await cycle.send(cast("HTTPResponseBodyEvent", message))
        joined.flush()
        cycle.transport = transport


class _Joined:
    """The transport of one answer: holds back what is written until ``flush``, so that head and body leave together."""

    def __init__(self, protocol: PromptProtocol) -> None:
        self._protocol = protocol
        self._parts: list[bytes] = []

    def write(self, data: bytes) -> None:
        self._parts.append(data)

    def flush(self) -> None:
        self._protocol.leave_soon(b"".join(self._parts))
        self._parts.clear()

    def close(self) -> None:
        self.flush()
        self._protocol.leave()
        self._protocol.transport.close()


class _Rest:
    """What is left of a coroutine that was stepped once by hand, and waits."""

    def __init__(self, coroutine: Coroutine[Any, Any, None], waits_for: Any) -> None:
        self._coroutine = coroutine
        self._waits_for = waits_for

    def __await__(self) -> Generator[Any, Any, None]:
        while True:
            failure: BaseException | None = None
            try:
                yield self._waits_for
            except BaseException as error:  # noqa: BLE001 - a cancellation, among others, is the coroutine's to hear
                failure = error
            try:
                self._waits_for = (
                    self._coroutine.send(None) if failure is None else self._coroutine.throw(failure)
                )
            except StopIteration:
                return


async def _ended(error: Exception | None) -> None:
    """An application that has ended before it began to wait."""
    if error is not None:
        raise error


@lru_cache(_MOST_HEADS)
def _head(status: int, headers: Headers) -> tuple[bytes, bool]:
    """The status line and the lines of ``headers``; and whether the connection ends with this answer."""
    names = [name for name, _ in headers]
    if b"content-length" not in names:
        raise ValueError("an answer at once needs a content-length")
    line = b"HTTP/1.1 %d %s\r\n" % (status, HTTPStatus(status).phrase.encode())
    return line + _lines(headers), (b"connection", b"close") in headers


@lru_cache(_MOST_HEADS)
def _lines(headers: Headers) -> bytes:
    lines = b"".join(b"%s: %s\r\n" % header for header in headers)
    if lines.count(b"\n") != len(headers) or lines.count(b"\r") != len(headers):
        raise ValueError("a header holds a line break")
    return lines
