"""Lets a person end a wait: the next request is sent at once, and later waits start short again."""

import asyncio
from collections.abc import Callable

from pairgrant.clock import Clock

LEAST_PAUSE = 1.0
"""Seconds from the start of a wait to its end by a person, so that a held key doesn't flood a server."""


class RetryNow:
    """A person at the device asks; every wait that is under way ends.

    What is asked while nothing waits is dropped: a request is under way then.
    """

    def __init__(self) -> None:
        self._asked = asyncio.Event()
        self._waits = 0
        self.times = 0
        """How often a person ended a wait."""

    def ask(self) -> bool:
        """End the waits that are under way; False if there are none."""
        if not self._waits or self._asked.is_set():
            return False
        self._asked.set()
        self.times += 1
        return True

    async def wait(self, clock: Clock, due: Callable[[], float]) -> bool:
        """Return when ``due()`` has come or a person asks; True if a person did."""
        self._asked.clear()
        self._waits += 1
        soonest = clock.now() + LEAST_PAUSE
        waiting = asyncio.ensure_future(clock.wait_until(due))
        asked = asyncio.ensure_future(self._asked.wait())
        try:
            await asyncio.wait({waiting, asked}, return_when=asyncio.FIRST_COMPLETED)
            is_asked = asked.done()
        finally:
            self._waits -= 1
            waiting.cancel()
            asked.cancel()
            await asyncio.gather(waiting, asked, return_exceptions=True)
        if is_asked:
            await clock.wait_until(lambda: min(soonest, due()))
        return is_asked
