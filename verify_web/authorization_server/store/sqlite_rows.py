"""The ways to single rows of the SQLite file: reads in the caller's thread, changes through the writing thread."""

import sqlite3
from collections.abc import Collection, Sequence
from typing import Any

from verify_web.authorization_server.store import rows
from verify_web.authorization_server.store.group_commit import GroupCommitWriter
from verify_web.authorization_server.store.interface import StoreUnavailableError


class SqliteRows:
    """What every part of the store is built on; ``_reader`` names its columns (see ``named``)."""

    _reader: sqlite3.Connection
    _writer: GroupCommitWriter

    def _row(self, statement: str, *values: Any) -> rows.Row | None:
        found = self._rows(statement, *values)
        return found[0] if found else None

    def _rows(self, statement: str, *values: Any) -> Sequence[rows.Row]:
        try:
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
