"""Reads of SQLite in the caller's thread; those of one turn of the event loop share a transaction."""

import asyncio
import sqlite3


class ReadingTurns:
    """Joins the reads of one turn of the event loop into one transaction; taking the locks costs as much as a
    read.

    A request must see what was acknowledged before it was sent, also by another process. The end of a
    transaction is scheduled before it begins. So it ends before everything that is scheduled later: the task
    of a request that arrives later, and a task that waited for a later commit. Only a request that starts
    while its bytes are parsed (``pairgrant_server.serving.inline_protocol``) runs unscheduled, outside of any
    task. A transaction that a task began may be older than these bytes, so such a request begins another one.
    Not covered: a task that was scheduled before its message came, and then takes it without waiting, as a
    websocket may. It may see the state of the turn before.
    """

    def __init__(self, reader: sqlite3.Connection) -> None:
        self._reader = reader
        self._cursor = reader.cursor()
        self._ending: asyncio.Handle | None = None
        self._loop: asyncio.AbstractEventLoop | None = None
        """The loop that ends the transaction."""
        self._is_of_task = False
        """Whether a task began it."""

    def join(self) -> None:
        """Begin this turn's transaction unless it has begun; called before each read."""
        loop = asyncio.get_running_loop()
        if self._reader.in_transaction:
            is_of_this_turn = loop is self._loop  # another one may have stopped in the middle of its turn
            if is_of_this_turn and (not self._is_of_task or asyncio.current_task() is not None):
                return
            self._cursor.execute("COMMIT")
        self._ending = loop.call_soon(self._end)
        self._cursor.execute("BEGIN")
        self._loop, self._is_of_task = loop, asyncio.current_task() is not None

    def _end(self) -> None:
        if self._reader.in_transaction:
            self._cursor.execute("COMMIT")

    def close(self) -> None:
        """Close the connection, also in the middle of a turn."""
        if self._ending is not None:
            self._ending.cancel()
        self._reader.close()
