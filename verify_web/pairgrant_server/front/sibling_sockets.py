"""Forwards a live page's websocket to the worker that rendered the page, if another worker accepted it.

ASGI messages travel as lines of JSON over a Unix socket, in a folder that only this user can enter.
Forwarding happens behind the gate, so the gate has checked every socket.
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
"""Bytes; far more than the largest message."""

_BACKLOG = 4096
"""More sockets than one worker's siblings can forward at once; asyncio's default, 100, refuses the others."""

_GOING_AWAY = 1001
_SERVICE_RESTART = 1012
_TRY_AGAIN_LATER = 1013

_FORWARDED_SCOPE_KEYS = (
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
    """Passes the sockets of this worker's own pages to ``app``, whichever worker accepted them."""

    def __init__(self, app: ASGIApp, worker: Worker) -> None:
        self.app = app
        self._worker = worker
        self._forwarded_here: set[asyncio.Task[None]] = set()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "lifespan":
            async with self._listening():
                await self.app(scope, receive, send)
            return
        if scope["type"] == "websocket":
            wanted = self._worker.wanted_by(scope["query_string"])
            if wanted != self._worker.number:
                log.info("socket forwarded", to_worker=wanted)
                await _forward(self._worker.socket_of(wanted), scope, receive, send)
                return
        await self.app(scope, receive, send)

    @asynccontextmanager
    async def _listening(self) -> AsyncIterator[None]:
        path = self._worker.socket_of(self._worker.number)
        path.unlink(missing_ok=True)  # left by a killed process
        server = await asyncio.start_unix_server(self._accept, path, limit=_LONGEST_LINE, backlog=_BACKLOG)
        try:
            yield
        finally:
            server.close()
            for task in self._forwarded_here:
                task.cancel()
            await asyncio.gather(*self._forwarded_here, return_exceptions=True)

    def _accept(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.create_task(self._serve(reader, writer))
        self._forwarded_here.add(task)
        task.add_done_callback(self._forwarded_here.discard)

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Serve one socket that another worker forwards."""

        async def receive() -> Message:
            return await _read(reader) or {"type": "websocket.disconnect", "code": _GOING_AWAY}

        async def send(message: Message) -> None:
            await _write(writer, message)

        try:
            scope = await _read(reader)
            if scope is not None:
                await self.app(_scope_from_json(scope), receive, send)
        except OSError:
            pass  # the other worker or the browser has disconnected
        finally:
            writer.close()


async def _forward(path: Path, scope: Scope, receive: Receive, send: Send) -> None:
    """Forward messages both ways until one side closes."""
    try:
        reader, writer = await asyncio.open_unix_connection(path, limit=_LONGEST_LINE)
    except OSError:  # that worker is restarting; the page reconnects by itself
        await receive()  # the request to connect
        await send({"type": "websocket.close", "code": _TRY_AGAIN_LATER})
        return
    directions = {
        asyncio.create_task(_to_sibling(scope, receive, writer)),
        asyncio.create_task(_to_browser(reader, send)),
    }
    try:
        await asyncio.wait(directions, return_when=asyncio.FIRST_COMPLETED)
    finally:
        for direction in directions:
            direction.cancel()
        await asyncio.gather(*directions, return_exceptions=True)
        writer.close()


async def _to_sibling(scope: Scope, receive: Receive, writer: asyncio.StreamWriter) -> None:
    with suppress(OSError):
        await _write(writer, _scope_to_json(scope))
        while (message := await receive())["type"] != "websocket.disconnect":
            await _write(writer, message)


async def _to_browser(reader: asyncio.StreamReader, send: Send) -> None:
    with suppress(OSError):
        while (message := await _read(reader)) is not None:
            await send(message)
            if message["type"] == "websocket.close":
                return
        await send({"type": "websocket.close", "code": _SERVICE_RESTART})


def _scope_to_json(scope: Scope) -> dict[str, Any]:
    headers = [[name.decode("latin-1"), value.decode("latin-1")] for name, value in scope["headers"]]
    data = {name: scope[name] for name in _FORWARDED_SCOPE_KEYS if name in scope}
    return {**data, "client": scope.get("client"), "server": scope.get("server"), "headers": headers}


def _scope_from_json(data: dict[str, Any]) -> Scope:
    headers = [(name.encode("latin-1"), value.encode("latin-1")) for name, value in data["headers"]]
    return {**data, "headers": headers, "subprotocols": [], "extensions": {}}


async def _write(writer: asyncio.StreamWriter, message: Message) -> None:
    text = {name: value for name, value in message.items() if not isinstance(value, bytes)}
    binary = {name: value.decode("latin-1") for name, value in message.items() if isinstance(value, bytes)}
    writer.write(json.dumps([text, binary]).encode() + b"\n")
    await writer.drain()


async def _read(reader: asyncio.StreamReader) -> dict[str, Any] | None:
    """The next message, or None at the end; ``readuntil`` loses nothing when it is cancelled."""
    try:
        line = await reader.readuntil(b"\n")
    except (asyncio.IncompleteReadError, asyncio.LimitOverrunError, OSError):
        return None
    text, binary = json.loads(line)
    return {**text, **{name: value.encode("latin-1") for name, value in binary.items()}}
