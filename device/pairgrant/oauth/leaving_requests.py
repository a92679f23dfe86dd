"""Requests that a device sends while it leaves: in the background, in bounded time, and without a result."""

import asyncio
import contextlib
from collections.abc import Coroutine
from typing import Any

from pairgrant.errors import PairgrantError

LONGEST = 2.0
"""Seconds for one request; a person who leaves does not wait for a server."""


class LeavingRequests:
    def __init__(self) -> None:
        self._tasks: set[asyncio.Task[None]] = set()

    def send(self, request: Coroutine[Any, Any, object]) -> None:
        """Begin one attempt; its failure is of no interest, because the device leaves in any case."""
        task = asyncio.create_task(_in_time(request))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def settle(self) -> None:
        """Wait for the attempts that are under way, before the connections are closed."""
        while self._tasks:
            await asyncio.wait(self._tasks)


async def _in_time(request: Coroutine[Any, Any, object]) -> None:
    with contextlib.suppress(PairgrantError, TimeoutError):
        async with asyncio.timeout(LONGEST):
            await request
