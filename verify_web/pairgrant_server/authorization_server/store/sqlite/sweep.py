"""Removes expired rows from SQLite; of grants, which are many, a bounded number at a time."""

import sqlite3

from pairgrant_server.authorization_server.store.retention import Retention
from pairgrant_server.authorization_server.store.sqlite.database import SqliteDatabase

_BATCH = 5000
"""Grants removed by one statement, so that other changes get their turn between two sweeps."""


def _oldest(table: str) -> str:
    """Grants are in the order of their ids, which begin with the time of issue."""
    return (
        f"DELETE FROM {table} WHERE grant_id IN"  # noqa: S608 - names of our own tables
        f" (SELECT grant_id FROM {table} WHERE grant_id < ? LIMIT {_BATCH})"
    )


_BY_AGE = (
    (_oldest("device_grants"), "oldest_grant_id"),
    ("DELETE FROM web_sessions WHERE expires_at < ?", "oldest_session_expiry"),
    ("DELETE FROM attempts WHERE window < ?", "oldest_window"),
    (_oldest("authorization_grants"), "oldest_grant_id"),
    ("DELETE FROM spent_identifiers WHERE expires_at < ?", "oldest_identifier_expiry"),
    ("DELETE FROM initial_access_tokens WHERE expires_at < ?", "oldest_device_end"),
    ("DELETE FROM reports WHERE created_at < ?", "oldest_report"),
    ("DELETE FROM outbox WHERE created_at < ?", "oldest_event"),
    ("DELETE FROM connected_devices WHERE coalesce(revoked_at, expires_at) < ?", "oldest_device_end"),
)
"""Statement, and the bound of ``Retention`` that it takes."""


class SqliteSweep:
    def __init__(self, database: SqliteDatabase) -> None:
        self._database = database

    async def __call__(self, now: float) -> int:
        """The number of rows removed."""
        keep = Retention.at(now)
        return sum([await self._remove(statement, getattr(keep, bound)) for statement, bound in _BY_AGE])

    async def _remove(self, statement: str, bound: bytes | float) -> int:
        def remove(connection: sqlite3.Connection) -> int:
            return connection.execute(statement, (bound,)).rowcount

        return await self._database.writer.write(remove)
