"""One thread that writes to SQLite: changes that wait together share one transaction, and so one fsync.

A change is a function of the connection. It is acknowledged only after the commit that contains it. If one
change of a group fails, the group is rolled back and each change runs again in a transaction of its own, so a
failed change affects only its own caller.
"""

import asyncio
import sqlite3
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from queue import Empty, SimpleQueue
from typing import Any, NamedTuple, TypeVar

from pairgrant_server.authorization_server.store.errors import StoreUnavailableError
from pairgrant_server.authorization_server.store.sqlite.errors import store_error

_MAX_GROUP = 256
_MOST_TURNS = 8
"""Further turns of the event loop in which a change waits at most for those of other requests."""

T = TypeVar("T")
Change = Callable[[sqlite3.Connection], T]


_Queued = tuple[Change[Any], asyncio.Future[Any]]


class _Failure(NamedTuple):
    """The outcome of a change that was not written."""

    error: Exception


class GroupCommitWriter:
    """Owns the writing connection; ``write`` may be called from any event loop of the process."""

    def __init__(self, connect: Callable[[], sqlite3.Connection]) -> None:
        self._queue: SimpleQueue[list[_Queued] | None] = SimpleQueue()
        self._waiting: list[_Queued] = []
        self._gathering: asyncio.AbstractEventLoop | None = None
        """The loop that will hand over what is waiting."""
        self._closed = False
        self._connection = connect()
        self._thread = threading.Thread(target=self._run, name="sqlite-writer", daemon=True)
        self._thread.start()

    def write(self, change: Change[T]) -> asyncio.Future[T]:
        """What ``change`` returned, once it is durable.

        Cancelling the future does not cancel the change, which may already be on its way to the disk.

        Raises:
            StoreUnavailableError: it could not be written; nothing of it has happened.
        """
        if self._closed:
            raise StoreUnavailableError("the database is closed")
        loop = asyncio.get_running_loop()
        future: asyncio.Future[T] = loop.create_future()
        self._waiting.append((change, future))
        if self._gathering is not loop:  # another one may have stopped
            self._gathering = loop
            loop.call_soon(self._await_others, loop, 0, _MOST_TURNS)
        return future

    def close(self) -> None:
        """Write what is queued, then close the connection."""
        if not self._closed:
            self._closed = True
            self._hand_over()
            self._queue.put(None)
            self._thread.join()

    def _await_others(self, loop: asyncio.AbstractEventLoop, known: int, turns: int) -> None:
        """Wake the thread once a turn of the loop has brought no further change, or ``turns`` have passed.

        A commit costs as much processor time as a request, and a change that comes while it runs needs
        another one.
        """
        if turns and len(self._waiting) > known:
            loop.call_soon(self._await_others, loop, len(self._waiting), turns - 1)
        else:
            self._hand_over()

    def _hand_over(self) -> None:
        self._gathering = None
        if self._waiting:
            changes, self._waiting = self._waiting, []
            self._queue.put(changes)

    def _run(self) -> None:
        while (first := self._queue.get()) is not None:
            group, last = self._gather(first)
            outcomes = self._write_group([change for change, _ in group])
            self._acknowledge([future for _, future in group], outcomes)
            if last:
                break
        self._connection.close()

    def _gather(self, first: list[_Queued]) -> tuple[list[_Queued], bool]:
        """All that is queued now, up to about ``_MAX_GROUP``, and whether the queue has ended."""
        group = first
        while len(group) < _MAX_GROUP:
            try:
                changes = self._queue.get_nowait()
            except Empty:
                break
            if changes is None:
                return group, True
            group += changes
        return group, False

    def _write_group(self, changes: list[Change[Any]]) -> list[Any]:
        """For each of them what it returned, or a ``_Failure``."""
        try:
            self._connection.execute("BEGIN IMMEDIATE")
        except sqlite3.Error as error:
            # Another process holds the write lock, or the file is gone. No change is at fault, and running
            # them one by one would only multiply the wait.
            return [_Failure(store_error(error)) for _ in changes]
        try:
            with committing(self._connection):
                return [change(self._connection) for change in changes]
        except Exception as error:  # noqa: BLE001 - each error is raised to its own caller
            if len(changes) == 1:
                return [_Failure(store_error(error))]
            return [outcome for change in changes for outcome in self._write_group([change])]

    @staticmethod
    def _acknowledge(futures: list[asyncio.Future[Any]], outcomes: list[Any]) -> None:
        by_loop: dict[asyncio.AbstractEventLoop, list[tuple[asyncio.Future[Any], Any]]] = {}
        for future, outcome in zip(futures, outcomes, strict=True):
            by_loop.setdefault(future.get_loop(), []).append((future, outcome))
        for loop, members in by_loop.items():
            if not loop.is_closed():
                loop.call_soon_threadsafe(_acknowledge_all, members)


def _acknowledge_all(members: list[tuple[asyncio.Future[Any], Any]]) -> None:
    for future, outcome in members:
        if future.cancelled():
            continue
        if type(outcome) is _Failure:
            future.set_exception(outcome.error)
        else:
            future.set_result(outcome)


@contextmanager
def transaction(connection: sqlite3.Connection) -> Iterator[None]:
    """Commit at the end, or roll back and re-raise.

    Takes the write lock at the start, so it never has to upgrade.
    """
    connection.execute("BEGIN IMMEDIATE")
    with committing(connection):
        yield


@contextmanager
def committing(connection: sqlite3.Connection) -> Iterator[None]:
    """End the transaction that has begun: commit, or roll back and re-raise."""
    try:
        yield
        connection.execute("COMMIT")
    except BaseException:
        if connection.in_transaction:
            connection.execute("ROLLBACK")
        raise
