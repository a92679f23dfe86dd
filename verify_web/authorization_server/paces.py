"""When each device last polled: kept in memory, because a restart that forgets it only makes the server more patient."""

from shared.device_grant import Pace


class Paces:
    """Two generations, each as long as a code lives, so that what is over falls out without a search."""

    def __init__(self, lifetime: float) -> None:
        self._lifetime = lifetime
        self._young: dict[bytes, Pace] = {}
        self._old: dict[bytes, Pace] = {}
        self._turns_at = 0.0

    def last(self, grant_id: bytes) -> Pace | None:
        return self._young.get(grant_id) or self._old.get(grant_id)

    def remember(self, grant_id: bytes, pace: Pace, now: float) -> None:
        if now >= self._turns_at:
            self._old, self._young = self._young, {}
            self._turns_at = now + self._lifetime
        self._young[grant_id] = pace

    def forget(self, grant_id: bytes) -> None:
        """The next poll counts as the first."""
        self._young.pop(grant_id, None)
        self._old.pop(grant_id, None)
