"""Time that passes only when a test says so."""

from collections.abc import Callable

NOW = 1_790_000_000.0


class HandClock:
    """Unix time that moves only when told to."""

    def __init__(self) -> None:
        self.now = NOW

    def __call__(self) -> float:
        return self.now

    def advance(self, seconds: float) -> None:
        self.now += seconds


class HandTimers:
    """``call_later`` whose time comes when told to."""

    def __init__(self) -> None:
        self.waiting: dict[HandTimers.Timer, tuple[float, Callable[[], None]]] = {}

    class Timer:
        def __init__(self, timers: "HandTimers") -> None:
            self._timers = timers

        def cancel(self) -> None:
            self._timers.waiting.pop(self, None)

    def __call__(self, seconds: float, callback: Callable[[], None]) -> "HandTimers.Timer":
        timer = HandTimers.Timer(self)
        self.waiting[timer] = (seconds, callback)
        return timer

    def expire(self) -> None:
        """The time of every timer has come."""
        for timer, (_, callback) in list(self.waiting.items()):
            timer.cancel()
            callback()
