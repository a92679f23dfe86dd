"""Rate limits on requests that write a row: fixed windows, counted in memory."""

from pairgrant_server.authorization_server.clock import Clock

WINDOW = 60.0
_MOST_SUBJECTS = 100_000
"""With more in one window, the counts are dropped to bound the memory: that is a flood from everywhere."""


class RateLimit:
    """At most ``per_minute`` for each subject, 0 meaning no limit; a restart resets the counts.

    A refused request is not counted.
    """

    def __init__(self, per_minute: int, clock: Clock) -> None:
        self._per_minute = per_minute
        self._clock = clock
        self._counts: dict[str, int] = {}
        self._ends_at = 0.0

    def allows(self, subject: str) -> bool:
        """Count one request if it is within the limit, and return whether it is."""
        if not self.has_room(subject):
            return False
        self.count(subject)
        return True

    def has_room(self, subject: str, *, most: int | None = None) -> bool:
        """Whether one more request is within the limit, or within ``most`` of it."""
        limit = self._per_minute if most is None else most
        if not limit:
            return True
        self._start_window()
        return self._counts.get(subject, 0) < limit

    def count(self, subject: str) -> None:
        """Count a request that is allowed, without asking again."""
        if self._per_minute:
            self._start_window()
            self._counts[subject] = self._counts.get(subject, 0) + 1

    def _start_window(self) -> None:
        """Forget the counts of a window that has ended."""
        now = self._clock()
        if not now < self._ends_at <= now + WINDOW or len(self._counts) >= _MOST_SUBJECTS:
            self._counts = {}
            self._ends_at = now + WINDOW
