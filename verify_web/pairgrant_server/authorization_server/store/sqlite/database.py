"""The SQLite file as a ``Database``: reads in the caller's thread, changes through the writing thread."""

import asyncio
import re
import sqlite3
from collections.abc import Sequence
from functools import cache
from pathlib import Path
from typing import Any

from pairgrant_server.authorization_server.store.errors import StoreUnavailableError, UnstorableError
from pairgrant_server.authorization_server.store.sql.database import Statement
from pairgrant_server.authorization_server.store.sql.rows import Row
from pairgrant_server.authorization_server.store.sqlite.file import connect
from pairgrant_server.authorization_server.store.sqlite.group_commit import GroupCommitWriter
from pairgrant_server.authorization_server.store.sqlite.reading_turns import ReadingTurns
from pairgrant_server.errors import PairgrantServerError


class _NothingChangedError(PairgrantServerError):
    """Makes the writer roll back a change one of whose later statements changed no row."""


class SqliteDatabase:
    """Two connections to one file: one for reads in the event loop's thread, one for the writing thread."""

    def __init__(self, path: Path) -> None:
        self.reader = connect(path, writing=False)
        self.turns = ReadingTurns(self.reader)
        self.writer = GroupCommitWriter(lambda: connect(path, writing=True))
        self._look_up = self.reader.cursor().execute
        self.reader.row_factory = sqlite3.Row

    async def rows(self, text: str, *values: Any) -> Sequence[Row]:
        return self.read(text, *values)

    async def row(self, text: str, *values: Any) -> Row | None:
        found = self.read(text, *values)
        return found[0] if found else None

    async def change(self, text: str, *values: Any) -> bool:
        return await self.begin_change(text, values)

    async def change_by_key(self, text: str, *values: Any) -> bool:
        try:
            return await self.change(text, *values)
        except UnstorableError:
            return False

    async def changed_row(self, text: str, *values: Any) -> Row | None:
        statement = sqlite_text(text)

        def change(connection: sqlite3.Connection) -> Row | None:
            cursor = connection.cursor()
            cursor.row_factory = sqlite3.Row
            changed = cursor.execute(statement, values).fetchall()
            return changed[0] if changed else None

        return await self.writer.write(change)

    async def change_all(self, *statements: Statement) -> bool:
        first, *others = [(sqlite_text(text), values) for text, values in statements]

        def change(connection: sqlite3.Connection) -> bool:
            if connection.execute(*first).rowcount <= 0:
                return False
            if not all(connection.execute(*other).rowcount > 0 for other in others):
                raise _NothingChangedError
            return True

        try:
            return await self.writer.write(change)
        except _NothingChangedError:
            return False

    async def change_together(
        self,
        *statements: Statement,
        grant_id: bytes | None = None,  # noqa: ARG002 - readers see the file change
    ) -> tuple[bool, ...]:
        texts = [(sqlite_text(text), values) for text, values in statements]

        def change(connection: sqlite3.Connection) -> tuple[bool, ...]:
            return tuple(connection.execute(text, values).rowcount > 0 for text, values in texts)

        return await self.writer.write(change)

    async def change_and_follow(self, first: Statement, *others: Statement) -> bool:
        (first_text, first_values), *rest = [(sqlite_text(text), values) for text, values in (first, *others)]

        def change(connection: sqlite3.Connection) -> bool:
            if connection.execute(first_text, first_values).rowcount <= 0:
                return False
            for other in rest:
                connection.execute(*other)
            return True

        return await self.writer.write(change)

    async def change_locked(self, lock: Statement, change: Statement) -> bool:  # noqa: ARG002 - one writer needs no lock
        return await self.change(change.text, *change.values)

    async def remove_with_dependents(self, text: str, *key: Any) -> bool:
        return await self.change_by_key(text, *key)

    def close(self) -> None:
        self.writer.close()
        self.turns.close()

    def begin_change(self, text: str, values: tuple[Any, ...]) -> asyncio.Future[bool]:
        """``change`` without a coroutine of its own, for the changes that devices cause most often."""
        statement = sqlite_text(text)
        return self.writer.write(lambda connection: connection.execute(statement, values).rowcount > 0)

    def read(self, text: str, *values: Any) -> Sequence[Row]:
        """``rows`` without a coroutine, because a read takes a few microseconds."""
        try:
            self.turns.join()
            return self.reader.execute(sqlite_text(text), values).fetchall()
        except UnicodeEncodeError:
            return []  # half a surrogate pair, which no row can hold
        except sqlite3.Error as error:
            raise StoreUnavailableError(str(error)) from error

    def find(self, text: str, *values: Any) -> tuple[Any, ...] | None:
        """The values of the row with a unique key.

        Of several rows only the first would be read, and the read's transaction would stay open.
        """
        try:
            self.turns.join()
            found: tuple[Any, ...] | None = self._look_up(sqlite_text(text), values).fetchone()
        except UnicodeEncodeError:
            return None  # half a surrogate pair, which no row can hold
        except sqlite3.Error as error:
            raise StoreUnavailableError(str(error)) from error
        return found


@cache
def sqlite_text(text: str) -> str:
    """A statement with SQLite's numbered placeholders, ``?1`` for ``$1``."""
    return re.sub(r"\$(\d+)", r"?\1", text)
