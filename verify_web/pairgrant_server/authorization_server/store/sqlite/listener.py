"""Changes by other processes that write to the same SQLite file, such as an operator's command beside the
server.

SQLite sends no notifications, but ``PRAGMA data_version`` changes when another connection has committed.
Reading it costs 2 µs, so it is read a few times a second. Only if something was committed, the writing
connection is asked whether another process did it.
"""

import asyncio
import sqlite3
from collections.abc import Callable
from contextlib import suppress

from pairgrant_server.authorization_server.store.errors import StoreUnavailableError
from pairgrant_server.authorization_server.store.sqlite.database import SqliteDatabase

INTERVAL = 0.25
"""Seconds between two checks."""


class SqliteListener:
    """Watches the file from the first ``listen`` to ``close``."""

    def __init__(self, database: SqliteDatabase) -> None:
        self._database = database
        self._listeners: list[Callable[[bytes | None], None]] = []
        self._task: asyncio.Task[None] | None = None
        self._version = self._foreign_version = -1

    def listen(self, on_change: Callable[[bytes | None], None]) -> None:
        self._listeners.append(on_change)
        if self._task is None:
            self._task = asyncio.get_running_loop().create_task(self._watch())

    async def close(self) -> None:
        self._listeners.clear()
        if self._task is not None:
            self._task.cancel()
            await asyncio.wait([self._task])

    async def _watch(self) -> None:
        while True:
            with suppress(sqlite3.Error, StoreUnavailableError):  # checked again after the interval
                await self._check()
            await asyncio.sleep(INTERVAL)

    async def _check(self) -> None:
        """Notify the listeners if another process has committed since the last check, and at the first."""
        version = _data_version(self._database.reader)
        if version == self._version:
            return
        # Read through the writing connection, the version ignores this process's own commits.
        foreign_version = await self._database.writer.write(_data_version)
        self._version = version
        if foreign_version != self._foreign_version:
            self._foreign_version = foreign_version
            self._notify()

    def _notify(self) -> None:
        loop = asyncio.get_running_loop()
        for on_change in self._listeners:
            loop.call_soon(on_change, None)


def _data_version(connection: sqlite3.Connection) -> int:
    cursor = connection.cursor()
    cursor.row_factory = None
    version: int = cursor.execute("PRAGMA data_version").fetchone()[0]
    return version
