"""A PostgreSQL database as a ``Database``; what devices call most goes through ``hot_calls`` instead."""

from collections.abc import Sequence
from typing import Any

import asyncpg

from pairgrant_server.authorization_server.store.errors import UnstorableError
from pairgrant_server.authorization_server.store.postgresql.connections import HeldConnections
from pairgrant_server.authorization_server.store.postgresql.hot_calls import HotCalls
from pairgrant_server.authorization_server.store.postgresql.listener import GRANTS_CHANNEL
from pairgrant_server.authorization_server.store.postgresql.server import Connection, Server
from pairgrant_server.authorization_server.store.sql.database import Statement

_READING = 2
_WRITING = 4
"""Connections of one process. Changes have their own, so a slow disk delays no look-up."""

_CASCADE_TIMEOUT = 60.0
"""Seconds for the removal of a row with all its dependents."""


class PostgresqlDatabase:
    """The held connections to one database."""

    def __init__(self, server: Server) -> None:
        self.reading = HeldConnections(server, _READING)
        self.writing = HeldConnections(server, _WRITING)
        self.hot_calls = HotCalls(self.reading, self.writing)

    async def rows(self, text: str, *values: Any) -> Sequence[asyncpg.Record]:
        try:
            return await self.reading.read(text, *values)
        except UnstorableError:
            return []

    async def row(self, text: str, *values: Any) -> asyncpg.Record | None:
        found = await self.rows(text, *values)
        return found[0] if found else None

    async def change(self, text: str, *values: Any) -> bool:
        return bool(await self.writing.change(_returning(text), *values))

    async def change_by_key(self, text: str, *values: Any) -> bool:
        try:
            return await self.change(text, *values)
        except UnstorableError:
            return False

    async def changed_row(self, text: str, *values: Any) -> asyncpg.Record | None:
        changed = await self.writing.change(text, *values)
        return changed[0] if changed else None

    async def change_all(self, *statements: Statement) -> bool:
        return await self.writing.change_all([(_returning(text), values) for text, values in statements])

    async def change_together(
        self, *statements: Statement, grant_id: bytes | None = None
    ) -> tuple[bool, ...]:
        async def steps(connection: Connection) -> tuple[bool, ...]:
            changed = [bool(await connection.fetch(_returning(text), *values)) for text, values in statements]
            if grant_id is not None:
                await connection.execute("SELECT pg_notify($1, $2)", GRANTS_CHANNEL, grant_id.hex())
            return tuple(changed)

        return await self.writing.transaction(steps)

    async def change_and_follow(self, first: Statement, *others: Statement) -> bool:
        async def steps(connection: Connection) -> bool:
            if not await connection.fetchval(_returning(first.text), *first.values):
                return False
            for text, values in others:
                await connection.execute(text, *values)
            return True

        return await self.writing.transaction(steps)

    async def change_locked(self, lock: Statement, change: Statement) -> bool:
        async def steps(connection: Connection) -> bool:
            await connection.execute(lock.text, *lock.values)
            return bool(await connection.fetchval(_returning(change.text), *change.values))

        return await self.writing.transaction(steps)

    async def remove_with_dependents(self, text: str, *key: Any) -> bool:
        async def steps(connection: Connection) -> bool:
            await connection.execute(f"SET LOCAL statement_timeout = {_CASCADE_TIMEOUT * 1000:.0f}")
            return bool(await connection.fetchval(_returning(text), *key, timeout=_CASCADE_TIMEOUT))

        try:
            return await self.writing.transaction(steps)
        except UnstorableError:
            return False

    async def close(self) -> None:
        await self.hot_calls.drain()
        await self.reading.close()
        await self.writing.close()


def _returning(text: str) -> str:
    """The statement so that it returns a row for each row that it changed."""
    return f"{text} RETURNING TRUE"
