"""Counted attempts in PostgreSQL."""

from collections import Counter
from collections.abc import Sequence
from typing import NamedTuple

from pairgrant_server.authorization_server.store.postgresql.coalescing import Batches
from pairgrant_server.authorization_server.store.postgresql.database import PostgresqlDatabase
from pairgrant_server.authorization_server.store.postgresql.errors import storable

SPEND_ATTEMPTS = """
INSERT INTO attempts (subject, window_start, count)
SELECT * FROM unnest($1::text[], $2::bigint[], $3::bigint[]) AS given (subject, window_start, weight)
ORDER BY subject, window_start -- every server locks rows in this order, so none waits for another
ON CONFLICT (subject, window_start) DO UPDATE SET count = attempts.count + excluded.count
RETURNING subject, window_start, count
"""

GIVE_BACK_ATTEMPTS = """
INSERT INTO attempts (subject, window_start, count)
SELECT subject, $2, 0 FROM unnest($1::text[]) AS given (subject)
ORDER BY subject -- as above
ON CONFLICT (subject, window_start) DO UPDATE SET count = greatest(attempts.count + $3, 0)
RETURNING subject, count
"""

ATTEMPTS_SINCE = """
SELECT given.subject, given.since,
    (SELECT coalesce(sum(count), 0) FROM attempts
     WHERE subject = given.subject AND window_start >= given.since) AS total
FROM unnest($1::text[], $2::bigint[]) AS given (subject, since)
"""


class _Spending(NamedTuple):
    """One call of ``spend_attempts`` whose weight is not negative."""

    subjects: Sequence[str]
    window: int
    weight: int


class PostgresqlAttempts:
    def __init__(self, database: PostgresqlDatabase) -> None:
        self._database = database
        self._count: Batches[tuple[str, int], int] = database.hot_calls.read(self._counted, tuple)
        self._spend: Batches[_Spending, Sequence[int]] = database.hot_calls.change(self._spent)

    async def spend_attempts(self, subjects: Sequence[str], window: int, weight: int = 1) -> Sequence[int]:
        if weight >= 0:
            return await self._spend(_Spending(subjects, window, weight))
        given_back = await self._database.writing.change(GIVE_BACK_ATTEMPTS, subjects, window, weight)
        counts = {row["subject"]: row["count"] for row in given_back}
        return [counts[subject] for subject in subjects]

    async def attempts(self, subject: str, since: int) -> int:
        return await self._count((subject, since)) if storable(subject) else 0

    async def _counted(self, items: Sequence[tuple[str, int]]) -> Sequence[int]:
        found = await self._database.reading.read(ATTEMPTS_SINCE, *zip(*items, strict=True))
        totals = {(row["subject"], row["since"]): row["total"] for row in found}
        return [totals[item] for item in items]

    async def _spent(self, items: Sequence[_Spending]) -> Sequence[Sequence[int]]:
        """The counts of each item as if the items had been spent one after the other."""
        added: Counter[tuple[str, int]] = Counter()
        for item in items:
            for subject in item.subjects:
                added[subject, item.window] += item.weight
        subjects, windows = [subject for subject, _ in added], [window for _, window in added]
        rows = await self._database.writing.change(SPEND_ATTEMPTS, subjects, windows, list(added.values()))
        counts = {(subject, window): count - added[subject, window] for subject, window, count in rows}
        results = []
        for item in items:
            for subject in item.subjects:
                counts[subject, item.window] += item.weight
            results.append([counts[subject, item.window] for subject in item.subjects])
        return results
