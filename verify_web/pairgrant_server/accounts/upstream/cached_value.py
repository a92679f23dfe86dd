"""Something that is fetched seldom and kept briefly: one fetch at a time, shared by all who wait for it."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Generic, TypeVar

T = TypeVar("T")


class CachedValue(Generic[T]):
    """``lifetime`` and ``pause`` in seconds; a failed fetch is told to who waits for it, and not remembered.

    ``monotonic`` is the clock.
    """

    def __init__(
        self,
        fetch: Callable[[], Awaitable[T]],
        *,
        lifetime: float,
        pause: float,
        monotonic: Callable[[], float],
    ) -> None:
        self._fetch = fetch
        self._lifetime = lifetime
        self._pause = pause
        self._monotonic = monotonic
        self._value: T | None = None
        self._fetched_at = float("-inf")
        self._fetching: asyncio.Task[T] | None = None

    async def get(self) -> T:
        """The value, at most ``lifetime`` old."""
        if self._value is not None and self._age() < self._lifetime:
            return self._value
        return await self._join_fetch()

    async def renewed(self) -> T:
        """The value, fetched anew unless that was done within ``pause``: what strangers say must not become traffic."""
        if self._value is not None and self._age() < self._pause:
            return self._value
        return await self._join_fetch()

    def _age(self) -> float:
        return self._monotonic() - self._fetched_at

    async def _join_fetch(self) -> T:
        if self._fetching is None:
            self._fetching = asyncio.create_task(self._refresh())
            self._fetching.add_done_callback(self._is_done)
        return await asyncio.shield(self._fetching)  # one who goes away does not end it for all

    async def _refresh(self) -> T:
        self._value = value = await self._fetch()
        self._fetched_at = self._monotonic()
        return value

    def _is_done(self, task: asyncio.Task[T]) -> None:
        self._fetching = None
        if not task.cancelled():
            task.exception()  # it may be that nobody waits any more
