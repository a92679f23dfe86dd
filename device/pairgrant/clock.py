"""The device's clocks: monotonic time that includes suspend, and waiting that survives it, step (E)."""

import sys
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass

SLICE = 1.0
"""Seconds; no single sleep is longer, so that a resumed process is at most this late."""


def monotonic_with_suspend() -> float:
    """Seconds of a monotonic clock that includes suspend; ``time.monotonic`` doesn't on Linux and macOS."""
    return time.clock_gettime(_CLOCK) if _CLOCK is not None else time.monotonic()


def _suspend_counting_clock() -> int | None:
    if sys.platform == "darwin":
        return time.CLOCK_MONOTONIC
    return getattr(time, "CLOCK_BOOTTIME", None)


_CLOCK = _suspend_counting_clock()


@dataclass(frozen=True, slots=True)
class Clock:
    """The time that the device is given: ``now`` (monotonic) and ``wall`` (Unix time) in seconds, and
    ``sleep``.
    """

    now: Callable[[], float]
    wall: Callable[[], float]
    sleep: Callable[[float], Awaitable[None]]

    async def wait_until(self, due: Callable[[], float]) -> None:
        """Return once ``now`` has reached ``due()``, which is called again after every slice because it may
        change.
        """
        while (remaining := due() - self.now()) > 0:
            await self.sleep(min(remaining, SLICE))


def system_clock() -> Clock:
    """The real clocks; asyncio is imported here because reading a stored token doesn't need it."""
    import asyncio  # noqa: PLC0415 - keeps `pairgrant token` fast

    return Clock(now=monotonic_with_suspend, wall=time.time, sleep=asyncio.sleep)
