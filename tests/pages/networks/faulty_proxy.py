"""A proxy in front of the site that doesn't do what live pages need of one."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from enum import Enum

_CUT_AFTER = 2.0
"""Seconds."""


class Fault(Enum):
    STRIPS_UPGRADE = "removes Upgrade and Connection, as a bare proxy_pass of nginx does"
    HANGS = "accepts a socket, and never says anything"
    CUTS = "closes each socket two seconds after it was opened"
    REFUSES = "answers 502 to each socket"
    SILENCES = "passes on what a socket says until ``is_silent``, and nothing from then on"


@dataclass
class FaultyProxy:
    """One request for each connection, which keeps it simple."""

    fault: Fault
    port: int
    upstream_port: int
    pages: list[str] = field(default_factory=list)
    """The page requests of navigations: ``GET /consent``; without those for a live part."""
    parts: int = 0
    """The requests for a live part."""
    is_down: bool = False
    """Whether every connection is closed at once."""
    is_silent: bool = False
    """Whether open sockets stay open, and nothing gets through; as after a phone has slept."""
    _tasks: set[asyncio.Task[None]] = field(default_factory=set)

    @asynccontextmanager
    async def serving(self) -> AsyncIterator[None]:
        server = await asyncio.start_server(self._accept, "127.0.0.1", self.port)
        try:
            yield
        finally:
            server.close()
            for task in self._tasks:
                task.cancel()
            await asyncio.gather(*self._tasks, return_exceptions=True)

    def _accept(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.create_task(self._serve(reader, writer))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with suppress(OSError, asyncio.IncompleteReadError):
            head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1")
            if not self.is_down:
                await self._respond(head, reader, writer)
        writer.close()

    async def _respond(self, head: str, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        is_socket = "upgrade: websocket" in head.lower()
        if not is_socket:
            self._count(head)
        elif self.fault is Fault.HANGS:
            await reader.read()
            return
        elif self.fault is Fault.REFUSES:
            writer.write(b"HTTP/1.1 502 Bad Gateway\r\nContent-Length: 0\r\nConnection: close\r\n\r\n")
            await writer.drain()
            return
        upstream_reader, upstream_writer = await asyncio.open_connection("127.0.0.1", self.upstream_port)
        keeps_upgrade = is_socket and self.fault in {Fault.CUTS, Fault.SILENCES}
        upstream_writer.write((head if keeps_upgrade else _without_upgrade(head)).encode("latin-1"))
        limit = _CUT_AFTER if self.fault is Fault.CUTS and is_socket else None
        with suppress(TimeoutError):
            async with asyncio.timeout(limit):
                sending = asyncio.create_task(self._pipe(reader, upstream_writer, is_socket=is_socket))
                try:
                    await self._pipe(upstream_reader, writer, is_socket=is_socket)
                finally:
                    sending.cancel()
                    upstream_writer.close()

    async def _pipe(
        self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, *, is_socket: bool
    ) -> None:
        with suppress(OSError):
            while data := await reader.read(65_536):
                if not (is_socket and self.is_silent):
                    writer.write(data)
                    await writer.drain()

    def _count(self, head: str) -> None:
        if "x-pairgrant-part" in head.lower():
            self.parts += 1
        elif "sec-fetch-mode: navigate" in head.lower():
            self.pages.append(head.split(" HTTP/", maxsplit=1)[0])


def _without_upgrade(head: str) -> str:
    lines = head.removesuffix("\r\n\r\n").split("\r\n")
    kept = [line for line in lines if not line.lower().startswith(("upgrade:", "connection:"))]
    return "\r\n".join([*kept, "Connection: close", "", ""])
