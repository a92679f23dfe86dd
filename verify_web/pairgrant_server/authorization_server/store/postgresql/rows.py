"""The ways to single rows of PostgreSQL, for what people and operators do; each is one statement or one transaction."""

from collections.abc import Sequence
from typing import Any

import asyncpg

from pairgrant_server.authorization_server.store import rows
from pairgrant_server.authorization_server.store.errors import UnstorableError
from pairgrant_server.authorization_server.store.postgresql import statements as sql
from pairgrant_server.authorization_server.store.postgresql.connections import HeldConnections
from pairgrant_server.authorization_server.store.postgresql.server import Connection


class PostgresqlRows:
    """What every part of the store is built on."""

    _reading: HeldConnections
    _writing: HeldConnections

    async def _found(self, statement: str, *values: Any) -> Sequence[asyncpg.Record]:
        try:
            return await self._reading.read(statement, *values)
        except UnstorableError:
            return []  # no row can hold that

    async def _change(self, statement: str, *values: Any) -> bool:
        """Whether the statement changed a row."""
        return bool(await self._writing.change(f"{statement} RETURNING TRUE", *values))

    async def _insert(self, table: str, row: rows.Row, *, unless_taken: str) -> bool:
        return await self._change(
            f"{sql.insertion(table, row)} ON CONFLICT ({unless_taken}) DO NOTHING", *row.values()
        )

    async def _put(self, table: str, row: rows.Row, *, key: str) -> None:
        """Insert, or replace the row with the same key."""
        replaced = ", ".join(f'"{name}" = excluded."{name}"' for name in row)
        statement = f"{sql.insertion(table, row)} ON CONFLICT ({key}) DO UPDATE SET {replaced}"
        await self._writing.change(statement, *row.values())

    async def _remove(self, table: str, column: str, key: str) -> bool:
        """Remove a row with all that hangs on it, which may take a while."""

        async def steps(connection: Connection) -> bool:
            await connection.execute("SET LOCAL statement_timeout = 60000")
            return bool(await connection.fetchval(sql.removal(table, column), key, timeout=60.0))

        return await self._writing.transaction(steps)
