"""Counted attempts in SQLite."""

import sqlite3
from collections.abc import Sequence

from pairgrant_server.authorization_server.store.sqlite.database import SqliteDatabase

_SPEND_ATTEMPT = """
INSERT INTO attempts VALUES (?1, ?2, max(?3, 0))
ON CONFLICT DO UPDATE SET count = max(count + ?3, 0) RETURNING count
"""

_ATTEMPTS_SINCE = "SELECT coalesce(sum(count), 0) FROM attempts WHERE subject = $1 AND window >= $2"


class SqliteAttempts:
    def __init__(self, database: SqliteDatabase) -> None:
        self._database = database

    async def spend_attempts(self, subjects: Sequence[str], window: int, weight: int = 1) -> Sequence[int]:
        def spend(connection: sqlite3.Connection) -> Sequence[int]:
            return [
                connection.execute(_SPEND_ATTEMPT, (subject, window, weight)).fetchone()[0]
                for subject in subjects
            ]

        return await self._database.writer.write(spend)

    async def attempts(self, subject: str, since: int) -> int:
        found = self._database.find(_ATTEMPTS_SINCE, subject, since)
        return 0 if found is None else found[0]
