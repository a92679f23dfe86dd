"""Counted attempts in PostgreSQL."""

from collections.abc import Sequence

from pairgrant_server.authorization_server.store.postgresql.coalescing import Batches
from pairgrant_server.authorization_server.store.postgresql.database import PostgresqlDatabase
from pairgrant_server.authorization_server.store.postgresql.errors import storable

SPEND_ATTEMPTS = """
INSERT INTO attempts (subject, window_start, count)
SELECT subject, $2, greatest($3, 0) FROM unnest($1::text[]) AS given (subject)
ORDER BY subject -- every server locks rows in this order, so none waits for another
ON CONFLICT (subject, window_start) DO UPDATE SET count = greatest(attempts.count + $3, 0)
RETURNING subject, count
"""

ATTEMPTS_SINCE = """
SELECT given.subject, given.since,
    (SELECT coalesce(sum(count), 0) FROM attempts
     WHERE subject = given.subject AND window_start >= given.since) AS total
FROM unnest($1::text[], $2::bigint[]) AS given (subject, since)
"""


class PostgresqlAttempts:
    def __init__(self, database: PostgresqlDatabase) -> None:
        self._database = database
        self._count: Batches[tuple[str, int], int] = database.hot_calls.read(self._counted, tuple)

    async def spend_attempts(self, subjects: Sequence[str], window: int, weight: int = 1) -> Sequence[int]:
        spent = await self._database.writing.change(SPEND_ATTEMPTS, subjects, window, weight)
        counts = {row["subject"]: row["count"] for row in spent}
        return [counts[subject] for subject in subjects]

    async def attempts(self, subject: str, since: int) -> int:
        return await self._count((subject, since)) if storable(subject) else 0

    async def _counted(self, items: Sequence[tuple[str, int]]) -> Sequence[int]:
        found = await self._database.reading.read(ATTEMPTS_SINCE, *zip(*items, strict=True))
        totals = {(row["subject"], row["since"]): row["total"] for row in found}
        return [totals[item] for item in items]
