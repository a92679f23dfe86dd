"""Does regularly what no request does: ends devices that are due, removes expired rows."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Protocol

import structlog

from pairgrant_server.authorization_server.clock import Clock, system_clock
from pairgrant_server.authorization_server.store.errors import StoreUnavailableError

INTERVAL = 30.0
"""Seconds between sweeps."""

_BUSY = 1000
"""A sweep that removes more rows than this is followed by another at once."""

log = structlog.get_logger()


class Sweepable(Protocol):
    async def sweep(self, now: float) -> int: ...


async def _end_none() -> int:
    return 0


async def sweep_forever(
    store: Sweepable,
    clock: Clock = system_clock,
    interval: float = INTERVAL,
    *,
    before_each: Callable[[], None] = lambda: None,
    end_due: Callable[[], Awaitable[int]] = _end_none,
) -> None:
    """Sweep until cancelled, each time after ``end_due``.

    If the database is unavailable, sweep again after the interval.
    """
    while True:
        before_each()
        try:
            await end_due()
            removed = await store.sweep(clock())
        except StoreUnavailableError:
            log.warning("sweep failed; trying again later")
            removed = 0
        if removed <= _BUSY:
            await asyncio.sleep(interval)
