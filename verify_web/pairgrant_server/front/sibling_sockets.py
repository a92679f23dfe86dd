"""A live page's socket comes back to the worker that made the page: where it arrives at another, that one passes it on.

What is passed on are ASGI messages, as lines of JSON over a Unix socket in a folder that only this user may enter. It
happens behind the gate, so that no socket gets around the gate by way of a sibling.
"""

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from pathlib import Path
from typing import Any

import structlog
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from pairgrant_server.front.worker import Worker

log = structlog.get_logger()

_LONGEST_LINE = 16 * 2**20
"""Bytes; far more than a page weighs."""

_GOING_AWAY = 1001
_SERVICE_RESTART = 1012
_TRY_AGAIN_LATER = 1013

_TOLD_OF_THE_SCOPE = (
    "type",
    "asgi",
    "http_version",
    "scheme",
    "path",
    "raw_path",
    "root_path",
    "query_string",
)


class SiblingSockets:
    """Hands ``app`` the sockets of this worker's own pages, from wherever they arrive."""

    def __init__(self, app: ASGIApp, worker: Worker) -> None:
        self.app = app
        self._worker = worker
        self._passed_to_us: set[asyncio.Task[None]] = set()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "lifespan":
            async with self._listening():
                await self.app(scope, receive, send)
            return
        if scope["type"] == "websocket":
            wanted = self._worker.wanted_by(scope["query_string"])
            if wanted != self._worker.number:
                log.info("socket passed on", to_worker=wanted)
                await _pass_on(self._worker.socket_of(wanted), scope, receive, send)
                return
        await self.app(scope, receive, send)

    @asynccontextmanager
    async def _listening(self) -> AsyncIterator[None]:
        path = self._worker.socket_of(self._worker.number)
        path.unlink(missing_ok=True)  # of a process that was killed
        server = await asyncio.start_unix_server(self._accept, path, limit=_LONGEST_LINE)
        try:
            yield
        finally:
            server.close()
            for task in self._passed_to_us:
                task.cancel()
            await asyncio.gather(*self._passed_to_us, return_exceptions=True)

    def _accept(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.create_task(self._serve(reader, writer))
        self._passed_to_us.add(task)
        task.add_done_callback(self._passed_to_us.discard)

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """One socket that a sibling passes on; its messages come and go as if the browser were here."""

        async def receive() -> Message:
            return await _read(reader) or {"type": "websocket.disconnect", "code": _GOING_AWAY}

        async def send(message: Message) -> None:
            await _write(writer, message)

        try:
            scope = await _read(reader)
            if scope is not None:
                await self.app(_scope_from(scope), receive, send)
        except OSError:
            pass  # the sibling, or the browser behind it, has gone
        finally:
            writer.close()


async def _pass_on(path: Path, scope: Scope, receive: Receive, send: Send) -> None:
    """Carry messages both ways until one side ends."""
    try:
        reader, writer = await asyncio.open_unix_connection(path, limit=_LONGEST_LINE)
    except OSError:  # it is just being started again; the page tries again by itself
        await receive()  # the request to connect
        await send({"type": "websocket.close", "code": _TRY_AGAIN_LATER})
        return
    ways = {
        asyncio.create_task(_to_sibling(scope, receive, writer)),
        asyncio.create_task(_to_browser(reader, send)),
    }
    try:
        await asyncio.wait(ways, return_when=asyncio.FIRST_COMPLETED)
    finally:
        for way in ways:
            way.cancel()
        await asyncio.gather(*ways, return_exceptions=True)
        writer.close()


async def _to_sibling(scope: Scope, receive: Receive, writer: asyncio.StreamWriter) -> None:
    with suppress(OSError):
        await _write(writer, _told_of(scope))
        while (message := await receive())["type"] != "websocket.disconnect":
            await _write(writer, message)


async def _to_browser(reader: asyncio.StreamReader, send: Send) -> None:
    with suppress(OSError):
        while (message := await _read(reader)) is not None:
            await send(message)
            if message["type"] == "websocket.close":
                return
        await send({"type": "websocket.close", "code": _SERVICE_RESTART})


def _told_of(scope: Scope) -> dict[str, Any]:
    headers = [[name.decode("latin-1"), value.decode("latin-1")] for name, value in scope["headers"]]
    told = {name: scope[name] for name in _TOLD_OF_THE_SCOPE if name in scope}
    return {**told, "client": scope.get("client"), "server": scope.get("server"), "headers": headers}


def _scope_from(told: dict[str, Any]) -> Scope:
    headers = [(name.encode("latin-1"), value.encode("latin-1")) for name, value in told["headers"]]
    return {**told, "headers": headers, "subprotocols": [], "extensions": {}}


async def _write(writer: asyncio.StreamWriter, message: Message) -> None:
    text = {name: value for name, value in message.items() if not isinstance(value, bytes)}
    binary = {name: value.decode("latin-1") for name, value in message.items() if isinstance(value, bytes)}
    writer.write(json.dumps([text, binary]).encode() + b"\n")
    await writer.drain()


async def _read(reader: asyncio.StreamReader) -> dict[str, Any] | None:
    """The next message, None at the end. A line stays whole where the wait for it is given up."""
    try:
        line = await reader.readuntil(b"\n")
    except (asyncio.IncompleteReadError, asyncio.LimitOverrunError, OSError):
        return None
    text, binary = json.loads(line)
    return {**text, **{name: value.encode("latin-1") for name, value in binary.items()}}
