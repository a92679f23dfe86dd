"""A fetched value, cached for a while; concurrent callers share one fetch."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Generic, TypeVar

T = TypeVar("T")


class CachedValue(Generic[T]):
    """``lifetime`` and ``pause`` in seconds by ``monotonic``; a failed fetch is not cached."""

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

    async def refreshed(self) -> T:
        """The value, fetched again unless younger than ``pause``, so that bad input causes no traffic."""
        if self._value is not None and self._age() < self._pause:
            return self._value
        return await self._join_fetch()

    def _age(self) -> float:
        return self._monotonic() - self._fetched_at

    async def _join_fetch(self) -> T:
        if self._fetching is None:
            self._fetching = asyncio.create_task(self._refresh())
            self._fetching.add_done_callback(self._is_done)
        return await asyncio.shield(self._fetching)  # a cancelled caller does not cancel it for the others

    async def _refresh(self) -> T:
        self._value = value = await self._fetch()
        self._fetched_at = self._monotonic()
        return value

    def _is_done(self, task: asyncio.Task[T]) -> None:
        self._fetching = None
        if not task.cancelled():
            task.exception()  # retrieve it, in case no caller is waiting any more
