"""The device's clocks: one that goes on while a laptop sleeps, and waiting that survives it, step (E)."""

import sys
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass

SLICE = 1.0
"""Seconds; no single sleep is longer, so that a suspended or stopped process is back on time within one."""


def awake_and_asleep() -> float:
    """Seconds of a monotonic clock that counts suspend too, which ``time.monotonic`` doesn't on Linux and macOS."""
    return time.clock_gettime(_CLOCK) if _CLOCK is not None else time.monotonic()


def _suspend_counting_clock() -> int | None:
    if sys.platform == "darwin":
        return time.CLOCK_MONOTONIC
    return getattr(time, "CLOCK_BOOTTIME", None)


_CLOCK = _suspend_counting_clock()


@dataclass(frozen=True, slots=True)
class Clock:
    """Time as the device is given it: ``now`` (monotonic) and ``wall`` (Unix time) in seconds, and how to sleep."""

    now: Callable[[], float]
    wall: Callable[[], float]
    sleep: Callable[[float], Awaitable[None]]

    async def wait_until(self, due: Callable[[], float]) -> None:
        """Return once ``now`` has reached ``due()``, which is asked again after every slice: it may move."""
        while (remaining := due() - self.now()) > 0:
            await self.sleep(min(remaining, SLICE))


def system_clock() -> Clock:
    """The real clocks; asyncio is imported here because reading a stored token needs none of it."""
    import asyncio  # noqa: PLC0415 - keeps `pairgrant token` fast

    return Clock(now=awake_and_asleep, wall=time.time, sleep=asyncio.sleep)
