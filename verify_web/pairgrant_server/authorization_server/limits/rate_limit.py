"""How often someone may ask, for work that costs a row: fixed windows, counted in memory."""

from pairgrant_server.authorization_server.clock import Clock

WINDOW = 60.0
_MOST_SUBJECTS = 100_000
"""More in one window is a flood from everywhere, and memory matters more than each one's count."""


class RateLimit:
    """At most ``per_minute`` of each subject, 0 meaning no limit; a process that restarts forgives."""

    def __init__(self, per_minute: int, clock: Clock) -> None:
        self._per_minute = per_minute
        self._clock = clock
        self._counts: dict[str, int] = {}
        self._ends_at = 0.0

    def allows(self, subject: str) -> bool:
        """Count one, and say whether it is within the limit."""
        if not self._per_minute:
            return True
        now = self._clock()
        if not now < self._ends_at <= now + WINDOW or len(self._counts) >= _MOST_SUBJECTS:
            self._counts = {}
            self._ends_at = now + WINDOW
        count = self._counts.get(subject, 0) + 1
        self._counts[subject] = count
        return count <= self._per_minute
