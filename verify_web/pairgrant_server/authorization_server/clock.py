"""The server's one clock: Unix time in seconds, passed in wherever time matters, so that tests set it by
hand.
"""

import time
from collections.abc import Callable
from typing import Protocol

Clock = Callable[[], float]


class Timer(Protocol):
    def cancel(self) -> None: ...


CallLater = Callable[[float, Callable[[], None]], Timer]
"""``asyncio.AbstractEventLoop.call_later`` without arguments; a test passes timers that it fires itself."""


class SteadyClock:
    """Wall-clock time that never goes back while the process runs.

    When the system's clock is set back, time goes on here at its ordinary pace, so that nothing that has
    expired lives again and nothing lives longer than was promised; when it is set forward, this follows at
    once.
    """

    def __init__(self, wall: Clock = time.time, monotonic: Clock = time.monotonic) -> None:
        self._wall = wall
        self._monotonic = monotonic
        self._ahead = wall() - monotonic()

    def __call__(self) -> float:
        monotonic = self._monotonic()
        ahead = self._wall() - monotonic
        if ahead > self._ahead:  # noqa: PLR1730 - max() takes three times as long, and every request asks
            self._ahead = ahead
        return monotonic + self._ahead


system_clock: Clock = SteadyClock()
