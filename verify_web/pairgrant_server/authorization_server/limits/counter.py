"""Counts of recent attempts in the database, so that all processes together keep one limit."""

import asyncio
from dataclasses import dataclass

from pairgrant_server.authorization_server.clock import Clock
from pairgrant_server.authorization_server.store.interface.attempts import AttemptStore

WINDOW = 600
"""Seconds; the counts of the current and the previous window are added up."""

DAY = 86_400


@dataclass(frozen=True, slots=True)
class Spent:
    """One counted attempt: its subjects, their recent counts with it, and the window it counts in."""

    subjects: tuple[str, ...] = ()
    counts: tuple[int, ...] = ()
    window: int = 0

    def with_(self, other: "Spent") -> "Spent":
        """Both together; they were counted in the same window, or one after the other."""
        return Spent(self.subjects + other.subjects, self.counts + other.counts, self.window)


NOTHING = Spent()


class RecentCounter:
    """Attempts in the last ten to twenty minutes, and in the last one to two days."""

    def __init__(self, store: AttemptStore, clock: Clock) -> None:
        self._store = store
        self._clock = clock

    async def spend(self, *subjects: str) -> Spent:
        """Count one attempt before it is judged, so that a thousand at once cost as much as in a row.

        Of attempts at the same time each gets a number of its own, so that as many as the limit are allowed.
        """
        window = self._window()
        counts = await self._store.spend_attempts(subjects, window)
        earlier = [await self._in_previous_window(subject, window) for subject in subjects]
        return Spent(subjects, tuple(map(sum, zip(counts, earlier, strict=True))), window)

    async def _in_previous_window(self, subject: str, window: int) -> int:
        """Read together, in this order: attempts that are made meanwhile can only make the number larger."""
        current, both = await asyncio.gather(
            self._store.attempts(subject, window), self._store.attempts(subject, window - WINDOW)
        )
        return max(both - current, 0)

    async def give_back(self, spent: Spent) -> None:
        """Take an attempt out of the window that it was counted in."""
        if spent.subjects:
            await self._store.spend_attempts(spent.subjects, spent.window, -1)

    async def recent(self, subject: str) -> int:
        return await self._store.attempts(subject, self._window() - WINDOW)

    async def spend_today(self, subject: str) -> None:
        """Count one attempt for a day.

        A day is stored under the time at which it no longer counts, so that no sweep removes it before.
        """
        await self._store.spend_attempts([subject], self._today() + 2 * DAY)

    async def in_two_days(self, subject: str) -> int:
        """The attempts of today and yesterday (UTC)."""
        return await self._store.attempts(subject, self._today() + DAY)

    def _window(self) -> int:
        return int(self._clock()) // WINDOW * WINDOW

    def _today(self) -> int:
        return int(self._clock()) // DAY * DAY
