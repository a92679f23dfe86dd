"""Reads of SQLite in the caller's thread, one transaction for each turn of the event loop."""

import asyncio
import sqlite3


class ReadingTurns:
    """Joins the reads of one turn of the event loop into one transaction; taking the locks costs as much as a
    read.

    A change is acknowledged in a callback of its own, so the transaction of an earlier turn has ended by
    then, and the caller of the change sees it.
    """

    def __init__(self, reader: sqlite3.Connection) -> None:
        self._reader = reader
        self._cursor = reader.cursor()
        self._ending: asyncio.Handle | None = None

    def join(self) -> None:
        """Begin this turn's transaction unless it has begun; called before each read."""
        if not self._reader.in_transaction:
            self._cursor.execute("BEGIN")
            self._ending = asyncio.get_running_loop().call_soon(self._end)

    def _end(self) -> None:
        if self._reader.in_transaction:
            self._cursor.execute("COMMIT")

    def close(self) -> None:
        """Close the connection, also in the middle of a turn."""
        if self._ending is not None:
            self._ending.cancel()
        self._reader.close()
