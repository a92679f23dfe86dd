"""The ways to single rows of the SQLite file: reads in the caller's thread, changes through the writing thread."""

import asyncio
import sqlite3
from collections.abc import Collection, Sequence
from typing import Any

from pairgrant_server.authorization_server.store import rows
from pairgrant_server.authorization_server.store.errors import StoreUnavailableError
from pairgrant_server.authorization_server.store.sqlite.group_commit import GroupCommitWriter


class ReadingTurns:
    """The reads of one turn of the loop are one transaction: the file's locks cost as much as the read itself.

    A change is acknowledged by a callback of its own, after the end of any turn that began before it was durable: so
    whoever was told of it sees it.
    """

    def __init__(self, reader: sqlite3.Connection) -> None:
        self._reader = reader
        self._cursor = reader.cursor()
        self._ending: asyncio.Handle | None = None

    def join(self) -> None:
        """Before a read: begin this turn's transaction, unless it has begun."""
        if not self._reader.in_transaction:
            self._cursor.execute("BEGIN")
            self._ending = asyncio.get_running_loop().call_soon(self._end)

    def _end(self) -> None:
        if self._reader.in_transaction:
            self._cursor.execute("COMMIT")

    def close(self) -> None:
        """Let go of the connection, whatever turn it is in."""
        if self._ending is not None:
            self._ending.cancel()
        self._reader.close()


class SqliteRows:
    """What every part of the store is built on; ``_reader`` names its columns (see ``named``)."""

    _reader: sqlite3.Connection
    _reading: ReadingTurns
    _writer: GroupCommitWriter

    def _row(self, statement: str, *values: Any) -> rows.Row | None:
        found = self._rows(statement, *values)
        return found[0] if found else None

    def _rows(self, statement: str, *values: Any) -> Sequence[rows.Row]:
        try:
            self._reading.join()
            found: Sequence[rows.Row] = self._reader.execute(statement, values).fetchall()
        except UnicodeEncodeError:
            return []  # half a surrogate pair: no row can hold that
        except sqlite3.Error as error:
            raise StoreUnavailableError(str(error)) from error
        return found

    async def _change(self, statement: str, *values: Any) -> bool:
        """Whether the statement changed a row; ``values`` are positional, or one mapping."""
        arguments = values[0] if len(values) == 1 and isinstance(values[0], dict) else values
        return await self._writer.write(
            lambda connection: connection.execute(statement, arguments).rowcount > 0
        )

    async def _insert(self, table: str, row: rows.Row, *, unless_taken: str) -> bool:
        statement = f"{insertion(table, row)} ON CONFLICT ({unless_taken}) DO NOTHING"
        return await self._change(statement, *row.values())

    async def _put(self, table: str, row: rows.Row) -> None:
        """Insert, or replace the row with the same key."""
        await self._change(insertion(table, row).replace("INSERT", "INSERT OR REPLACE", 1), *row.values())


def insertion(table: str, names: Collection[str]) -> str:
    return f"INSERT INTO {table} ({', '.join(names)}) VALUES ({', '.join('?' * len(names))})"  # noqa: S608 - our own names


def named(cursor: sqlite3.Cursor, row: tuple[Any, ...]) -> rows.Row:
    return {column[0]: value for column, value in zip(cursor.description, row, strict=True)}
