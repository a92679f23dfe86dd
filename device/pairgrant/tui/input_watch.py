"""When a person last touched the keys or the mouse, and the gesture that opens the lock."""

from collections import deque

from textual import events

from pairgrant.clock import Clock

_TIMES = 3
_WITHIN = 3.0
"""Seconds for all of the gesture."""
_CORNER = (12, 3)
"""Columns and rows of the corner at the top left."""


class InputWatch:
    """Told of every key and every event of the mouse."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._last_at = clock.now()
        self._gesture: deque[float] = deque(maxlen=_TIMES)

    @property
    def idle(self) -> float:
        """Seconds since the last input."""
        return self._clock.now() - self._last_at

    def touch(self) -> None:
        """Count a person as present now."""
        self._last_at = self._clock.now()

    def note(self, event: events.InputEvent) -> bool:
        """Remember ``event``; returns whether it completes the gesture: Esc three times within three
        seconds, or as many taps into the corner at the top left.
        """
        self.touch()
        now = self._clock.now()
        if isinstance(event, events.MouseMove | events.MouseUp):
            return False
        if not _is_part(event):
            self._gesture.clear()
            return False
        self._gesture.append(now)
        if len(self._gesture) == _TIMES and now - self._gesture[0] <= _WITHIN:
            self._gesture.clear()
            return True
        return False


def _is_part(event: events.InputEvent) -> bool:
    if isinstance(event, events.Key):
        return event.key == "escape"
    columns, rows = _CORNER
    return isinstance(event, events.MouseDown) and event.x < columns and event.y < rows
