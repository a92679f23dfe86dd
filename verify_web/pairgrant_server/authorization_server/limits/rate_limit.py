"""Rate limits on requests that write a row: fixed windows, counted in memory."""

from pairgrant_server.authorization_server.clock import Clock

WINDOW = 60.0
_MOST_SUBJECTS = 100_000
"""With more in one window, the counts are dropped to bound the memory: that is a flood from everywhere."""


class RateLimit:
    """At most ``per_minute`` for each subject, 0 meaning no limit; a restart resets the counts."""

    def __init__(self, per_minute: int, clock: Clock) -> None:
        self._per_minute = per_minute
        self._clock = clock
        self._counts: dict[str, int] = {}
        self._ends_at = 0.0

    def allows(self, subject: str) -> bool:
        """Count one request, and return whether it is within the limit."""
        if not self._per_minute:
            return True
        now = self._clock()
        if not now < self._ends_at <= now + WINDOW or len(self._counts) >= _MOST_SUBJECTS:
            self._counts = {}
            self._ends_at = now + WINDOW
        count = self._counts.get(subject, 0) + 1
        self._counts[subject] = count
        return count <= self._per_minute
