"""One request and response between the application and ``InlineProtocol``."""

import asyncio
from collections.abc import Coroutine, Generator
from types import coroutine
from typing import Any, Protocol, cast

from uvicorn._types import HTTPResponseBodyEvent
from uvicorn.protocols.http.flow_control import FlowControl
from uvicorn.protocols.http.httptools_impl import RequestResponseCycle

from pairgrant_server.serving.response_head import Headers

Message = dict[str, Any]


class InlineConnection(Protocol):
    """What an exchange needs of ``InlineProtocol``."""

    flow: FlowControl
    transport: asyncio.Transport

    def respond(self, status: int, headers: Headers, body: bytes) -> None: ...
    def send_soon(self, data: bytes) -> None: ...
    def flush(self) -> None: ...


class InlineExchange:
    """The application's ``receive``, and itself its ``send``: a complete response is kept for one write.

    ``cycle`` is uvicorn's request cycle once the application has waited.
    """

    __slots__ = ("_connection", "body", "cycle", "headers", "is_complete", "request", "status")

    def __init__(self, connection: InlineConnection, request: bytes) -> None:
        self._connection = connection
        self.request: bytes | None = request
        self.cycle: RequestResponseCycle | None = None
        self.status = 0
        self.headers: Headers = ()
        self.body = b""
        self.is_complete = False

    async def receive(self) -> Message:
        body, self.request = self.request, None
        if body is not None:
            return {"type": "http.request", "body": body, "more_body": False}
        cycle = await self._uvicorn_cycle()
        message = await cycle.receive()
        if message["type"] == "http.request":  # uvicorn's own message is empty: the body was delivered before
            message = await cycle.receive()
        return cast("Message", message)

    def send_whole(self, status: int, headers: Headers, body: bytes) -> bool:
        """``WholeSend``: the response in one call instead of two; False if the connection has changed."""
        if self.cycle is None:
            self.status, self.headers, self.body, self.is_complete = status, headers, body, True
            return True
        if not self._is_plain(self.cycle):
            return False
        self._respond(self.cycle, status, headers, body)
        return True

    async def __call__(self, message: Message) -> None:
        """The application's ``send``."""
        if message["type"] == "http.response.start":
            self.status, self.headers = message["status"], tuple(message["headers"])
        elif message.get("more_body"):
            await self._send(await self._uvicorn_cycle(), message)
        elif self.cycle is None:
            self.body, self.is_complete = message["body"], True
        elif self._is_plain(self.cycle):
            self._respond(self.cycle, self.status, self.headers, message["body"])
        else:
            await self._send(self.cycle, message)

    def _respond(self, cycle: RequestResponseCycle, status: int, headers: Headers, body: bytes) -> None:
        cycle.response_started = cycle.response_complete = True
        cycle.message_event.set()
        self._connection.respond(status, headers, body)

    def _is_plain(self, cycle: RequestResponseCycle) -> bool:
        """Whether the connection did not change while the application waited."""
        return (
            cycle.keep_alive
            and not cycle.disconnected
            and not cycle.response_started
            and not self._connection.flow.write_paused
        )

    async def _uvicorn_cycle(self) -> RequestResponseCycle:
        """Uvicorn's request cycle; the wait for it makes the protocol create it."""
        if self.cycle is None:
            await asyncio.sleep(0)
        return cast("RequestResponseCycle", self.cycle)

    async def _send(self, cycle: RequestResponseCycle, message: Message) -> None:
        if not cycle.response_started:
            await cycle.send({"type": "http.response.start", "status": self.status, "headers": self.headers})
        await cycle.send(cast("HTTPResponseBodyEvent", message))


class JoinedWrites:
    """The transport of uvicorn's request cycles: what they write in one turn leaves in one write."""

    def __init__(self, connection: InlineConnection) -> None:
        self._connection = connection

    def write(self, data: bytes) -> None:
        self._connection.send_soon(data)

    def close(self) -> None:
        self._connection.flush()
        self._connection.transport.close()

    def is_closing(self) -> bool:
        return self._connection.transport.is_closing()


@coroutine
def continued(application: Coroutine[Any, Any, None], waits_for: Any) -> Generator[Any, Any, None]:
    """The rest of a coroutine that has run, outside any task, up to its first wait."""
    while True:
        try:
            yield waits_for
        except BaseException as error:  # noqa: BLE001 - the coroutine handles it, a cancellation too
            try:
                waits_for = application.throw(error)
            except StopIteration:
                return
        else:
            yield from application  # ``await`` refuses a coroutine that has started
            return


async def finished(error: Exception | None) -> None:
    """An application that ended before it waited."""
    if error is not None:
        raise error
