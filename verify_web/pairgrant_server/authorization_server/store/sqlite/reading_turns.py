"""Reads of SQLite in the caller's thread; those of one turn of the event loop share a transaction."""

import asyncio
import sqlite3


class ReadingTurns:
    """Joins the reads of one turn of the event loop into one transaction; taking the locks costs as much as a
    read.

    A request must see what was acknowledged before it was sent, also by another process. Therefore only a
    read outside of a task begins a transaction: that of a request which starts while its bytes are parsed
    (``pairgrant_server.serving.inline_protocol``). The transaction ends before the loop receives the next
    bytes. A task runs before the loop receives, so its transaction would be too old for what comes then.
    """

    def __init__(self, reader: sqlite3.Connection) -> None:
        self._reader = reader
        self._cursor = reader.cursor()
        self._ending: asyncio.Handle | None = None

    def join(self) -> None:
        """Begin this turn's transaction unless it has begun; called before each read."""
        if not self._reader.in_transaction and asyncio.current_task() is None:
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
