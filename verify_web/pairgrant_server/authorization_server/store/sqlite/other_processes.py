"""News from other processes that write to the same SQLite file: an operator's command beside the server.

SQLite tells nobody; ``PRAGMA data_version`` changes when another connection has committed. Looking costs 2 µs, so it is
done a few times a second; only when something was committed is the writing connection asked whether someone else did it.
"""

import asyncio
import sqlite3
from collections.abc import Callable
from contextlib import suppress

from pairgrant_server.authorization_server.store.errors import StoreUnavailableError
from pairgrant_server.authorization_server.store.sqlite.group_commit import GroupCommitWriter

INTERVAL = 0.25
"""Seconds between two looks."""


class OtherProcesses:
    """Watches the file as long as anyone listens."""

    def __init__(self, reader: sqlite3.Connection, writer: GroupCommitWriter) -> None:
        self._reader = reader
        self._writer = writer
        self._heard: list[Callable[[bytes | None], None]] = []
        self._task: asyncio.Task[None] | None = None
        self._seen = self._seen_foreign = -1

    def listen(self, heard: Callable[[bytes | None], None]) -> None:
        self._heard.append(heard)
        if self._task is None:
            self._task = asyncio.get_running_loop().create_task(self._watch())

    async def close(self) -> None:
        self._heard.clear()
        if self._task is not None:
            self._task.cancel()
            await asyncio.wait([self._task])

    async def _watch(self) -> None:
        while True:
            with suppress(sqlite3.Error, StoreUnavailableError):  # looked at again, soon
                await self.look()
            await asyncio.sleep(INTERVAL)

    async def look(self) -> None:
        """Tell of what another process has committed since the last look; the first look always tells."""
        version = _data_version(self._reader)
        if version == self._seen:
            return
        # Seen through the connection that writes, our own commits count for nothing.
        foreign = await self._writer.write(_data_version)
        self._seen = version
        if foreign != self._seen_foreign:
            self._seen_foreign = foreign
            self._tell()

    def _tell(self) -> None:
        loop = asyncio.get_running_loop()
        for heard in self._heard:
            loop.call_soon(heard, None)


def _data_version(connection: sqlite3.Connection) -> int:
    cursor = connection.cursor()
    cursor.row_factory = None
    version: int = cursor.execute("PRAGMA data_version").fetchone()[0]
    return version
