"""A few connections that keep their prepared statements, and are replaced when the server was away.

What happens to a statement when its connection breaks:

- It was not sent yet: it takes another connection.
- A read was running: it is repeated once on another connection.
- A change was running: it has happened or not, and the store can't tell which. It is *not* repeated, because
  the second compare-and-set would report a loss to the caller that won with the first. The caller gets
  StoreUnavailableError and retries later. A device then gets its tokens from the sealed response of a
  redeemed grant or of a rotation; a person finds the code decided.
- The server rolled it back in favour of another one (deadlock, serialization): nothing has happened, and it
  is repeated.

While the server can't be reached, one caller at a time tries to connect, at growing intervals. All others
fail at once.
"""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from typing import Any, TypeVar

import asyncpg
from asyncpg.prepared_stmt import PreparedStatement

from pairgrant_server.authorization_server.store.errors import DatabaseError, StoreUnavailableError
from pairgrant_server.authorization_server.store.postgresql.errors import (
    LostConnectionError,
    UndoneError,
    spoils_connection,
    store_error,
)
from pairgrant_server.authorization_server.store.postgresql.server import (
    Connection,
    Server,
    let_go,
    unavailable,
)

T = TypeVar("T")

_TURN_TIMEOUT = 3.0
"""Seconds to wait for a free connection."""

_FIRST_PAUSE = 0.1
_LONGEST_PAUSE = 2.0
_TRIES = 3


class HeldConnection:
    """A connection and the statements that it has prepared."""

    def __init__(self, connection: Connection) -> None:
        self.connection = connection
        self._prepared: dict[str, PreparedStatement[asyncpg.Record]] = {}

    async def fetch(self, statement: str, *values: Any) -> list[asyncpg.Record]:
        prepared = self._prepared.get(statement) or await self._prepare(statement)
        return await prepared.fetch(*values)

    async def fetch_many(self, statement: str, rows: Sequence[Sequence[Any]]) -> list[asyncpg.Record]:
        """What the statement returns for each row of values, in one round trip and one transaction."""
        prepared = self._prepared.get(statement) or await self._prepare(statement)
        return await prepared.fetchmany(rows)

    async def fetch_all(self, statements: Sequence[tuple[str, Sequence[Any]]]) -> bool:
        """Run the statements up to the first that returns no row; whether each returned one."""
        for text, values in statements:
            if not await self.fetch(text, *values):
                return False
        return True

    async def _prepare(self, statement: str) -> "PreparedStatement[asyncpg.Record]":
        prepared = self._prepared[statement] = await self.connection.prepare(statement)
        return prepared


class HeldConnections:
    """At most ``size`` connections, made when needed; one statement at a time on each."""

    def __init__(self, server: Server, size: int) -> None:
        self._server = server
        self._size = size
        self._idle: list[HeldConnection] = []
        self._turns = asyncio.Semaphore(size)
        self._pause = 0.0
        self._not_before = 0.0
        self._trouble = StoreUnavailableError("")
        self._closed = False

    async def read(self, statement: str, *values: Any) -> list[asyncpg.Record]:
        """The rows; the statement changes nothing."""
        try:
            return await self.change(statement, *values)
        except LostConnectionError:
            return await self.change(statement, *values)

    async def change(self, statement: str, *values: Any) -> list[asyncpg.Record]:
        """What the statement returns, once it is committed."""
        return await self._work(lambda held: held.fetch(statement, *values))

    async def change_many(self, statement: str, rows: Sequence[Sequence[Any]]) -> list[asyncpg.Record]:
        """What the statement returns for all rows of values, once they are committed together.

        The server locks rows in this order. Not one statement with an array for each column: asyncpg takes
        twice as long to encode those, because it checks whether each element is an array too.
        """
        return await self._work(lambda held: held.fetch_many(statement, rows))

    async def transaction(self, steps: Callable[[Connection], Awaitable[T]]) -> T:
        """What ``steps`` returns, once all of it is committed."""

        async def work(held: HeldConnection) -> T:
            async with held.connection.transaction():
                return await steps(held.connection)

        return await self._work(work)

    async def change_all(self, statements: Sequence[tuple[str, Sequence[Any]]]) -> bool:
        """All of the statements in one transaction, if each returns a row; else none of them, and False."""

        async def work(held: HeldConnection) -> bool:
            transaction = held.connection.transaction()
            await transaction.start()
            try:
                all_changed = await held.fetch_all(statements)
            except BaseException:
                await transaction.rollback()
                raise
            await (transaction.commit() if all_changed else transaction.rollback())
            return all_changed

        return await self._work(work)

    async def close(self) -> None:
        """Close when running statements have ended; calls that still wait raise StoreUnavailableError."""
        self._closed = True
        for _ in range(self._size):
            await self._turns.acquire()
        while self._idle:
            await let_go(self._idle.pop().connection)
        for _ in range(self._size):
            self._turns.release()

    async def _work(self, work: Callable[[HeldConnection], Awaitable[T]]) -> T:
        for _ in range(_TRIES - 1):
            try:
                return await self._work_once(work)
            except UndoneError:
                continue
        return await self._work_once(work)

    async def _work_once(self, work: Callable[[HeldConnection], Awaitable[T]]) -> T:
        await self._turn()
        try:
            held = await self._live()
            try:
                result = await work(held)
            except BaseException as error:
                if spoils_connection(error):
                    held.connection.terminate()
                else:
                    self._idle.append(held)
                if isinstance(error, Exception):
                    raise store_error(error) from None
                raise
            self._idle.append(held)
            return result
        finally:
            self._turns.release()

    async def _turn(self) -> None:
        if not self._turns.locked():
            await self._turns.acquire()  # free, so this does not wait
            return
        await _in_a_task()
        try:
            async with asyncio.timeout(_TURN_TIMEOUT):
                await self._turns.acquire()
        except TimeoutError:
            raise StoreUnavailableError("PostgreSQL is busy: no connection was free in time") from None

    async def _live(self) -> HeldConnection:
        """The connection used last, so that no more connections are opened than needed."""
        if self._closed:
            raise StoreUnavailableError("the database is closed")
        while self._idle:
            held = self._idle.pop()
            if not held.connection.is_closed():
                return held
        return await self._connected()

    async def _connected(self) -> HeldConnection:
        now = asyncio.get_running_loop().time()
        if now < self._not_before:
            raise StoreUnavailableError(*self._trouble.args)
        await _in_a_task()
        if self._pause:
            # This caller tries to connect; until it has a result, all others fail at once.
            self._not_before = now + _LONGEST_PAUSE
        try:
            held = HeldConnection(await self._server.connect())
        except DatabaseError as error:
            self._pause = min(max(self._pause * 2, _FIRST_PAUSE), _LONGEST_PAUSE)
            self._not_before = asyncio.get_running_loop().time() + self._pause
            self._trouble = unavailable(error)
            raise unavailable(error) from None
        self._pause = self._not_before = 0.0
        return held


async def _in_a_task() -> None:
    """Return in a task, which timeouts need: the first step of a request runs outside any task."""
    if asyncio.current_task() is None:
        await asyncio.sleep(0)
