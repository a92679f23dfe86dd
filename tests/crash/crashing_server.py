"""A ``fork_server`` whose processes are the real ``pairgrant-server``, killed at a named point of a change.

If PAIRGRANT_TEST_POINT names a file, every change reads from it the point at which to be killed:

    before redeem_grant       the store has been called
    commit redeem_grant       (SQLite) all statements have run, the commit has not; the process waits to be
                              killed, and creates a file of the same name with .reached
    committed redeem_grant    (SQLite) the commit has returned in the writing thread
    after redeem_grant        the store has acknowledged the change, and its caller has done nothing with it
"""

import os
import signal
import sqlite3
import threading
from collections.abc import Awaitable, Callable
from functools import wraps
from pathlib import Path
from typing import Any

import nicegui.ui_run_with  # noqa: F401 - serving imports these late
import uvicorn.lifespan.on
import uvicorn.protocols.http.httptools_impl
import uvicorn.protocols.websockets.auto  # noqa: F401

import pairgrant_server.authorization_server.store.postgresql.store  # noqa: F401
from pairgrant_server.authorization_server.store.postgresql import server
from pairgrant_server.authorization_server.store.sql.store import SqlStore
from tests.processes.fork_server import serve
from tests.processes.programs import PATIENCE
from tests.quick_servers import begin_with

SCHEMA = "schema"
"""The change that comes before every method of the store."""


class Points:
    """The point at which this process is to be killed."""

    def __init__(self, file: Path) -> None:
        self._file = file
        self.under_way = SCHEMA

    def reach(self, when: str, change: str) -> None:
        if self._is_at(when, change):
            os.kill(os.getpid(), signal.SIGKILL)

    def stop(self, when: str, change: str) -> None:
        if self._is_at(when, change):
            self._file.with_suffix(".reached").touch()
            threading.Event().wait()

    def _is_at(self, when: str, change: str) -> bool:
        return self._file.read_text() == f"{when} {change}"


def _interruptible(
    change: str, method: Callable[..., Awaitable[Any]], points: Points
) -> Callable[..., Awaitable[Any]]:
    @wraps(method)
    async def interruptible(*args: Any, **kwargs: Any) -> Any:
        points.reach("before", change)
        points.under_way = change
        result = await method(*args, **kwargs)
        points.reach("after", change)
        return result

    return interruptible


def _interruptible_connection(points: Points) -> type[sqlite3.Connection]:
    class InterruptibleConnection(sqlite3.Connection):
        changes_before = 0

        def execute(self, statement: str, *parameters: Any) -> sqlite3.Cursor:
            word = statement.split(maxsplit=1)[0].upper()
            if word == "BEGIN":
                self.changes_before = self.total_changes
            # Opening and reading the file are transactions too, but not the change that is tested.
            if word != "COMMIT" or (self.total_changes == self.changes_before and points.under_way != SCHEMA):
                return super().execute(statement, *parameters)
            change = points.under_way
            points.stop("commit", change)
            cursor = super().execute(statement, *parameters)
            points.reach("committed", change)
            return cursor

        def commit(self) -> None:
            self.execute("COMMIT")

    return InterruptibleConnection


def _make_interruptible(file: Path, changes: list[str]) -> None:
    points = Points(file)
    compose = SqlStore.__init__

    @wraps(compose)
    def compose_interruptible(store: SqlStore, *args: Any, **kwargs: Any) -> None:
        compose(store, *args, **kwargs)
        for change in changes:
            setattr(store, change, _interruptible(change, getattr(store, change), points))

    SqlStore.__init__ = compose_interruptible  # type: ignore[assignment, method-assign]
    connect, connection = sqlite3.connect, _interruptible_connection(points)

    def interruptible_connect(*args: Any, **kwargs: Any) -> Any:
        return connect(*args, **{"factory": connection, **kwargs})

    sqlite3.connect = interruptible_connect


def _wait_long_for_locks() -> None:
    """A change that a test holds up waits until it is killed, however busy the machine is."""
    server._BEGIN = begin_with(statement_timeout=f"{PATIENCE}s", lock_timeout=f"{PATIENCE}s")
    server._RESPONSE_TIMEOUT = PATIENCE


def _prepare() -> None:
    if file := os.environ.get("PAIRGRANT_TEST_POINT"):
        _make_interruptible(Path(file), os.environ["PAIRGRANT_TEST_CHANGES"].split())
        _wait_long_for_locks()


if __name__ == "__main__":
    serve(_prepare)
