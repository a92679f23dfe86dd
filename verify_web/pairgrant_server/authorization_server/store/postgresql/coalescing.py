"""Calls of one kind that come at the same time travel to the database together.

The first call leaves at the end of the loop's turn, with all that came in that turn; what comes while every lane is taken
waits, and leaves with the next. So a lone call waits for no one, and the busier it gets the fewer statements there are.
"""

import asyncio
from collections import deque
from collections.abc import Awaitable, Callable, Hashable, Sequence
from copy import copy
from dataclasses import dataclass
from itertools import islice
from typing import Generic, TypeVar

_SIZE = 256

Item = TypeVar("Item")
Result = TypeVar("Result")


@dataclass(slots=True)
class _Call(Generic[Item, Result]):
    item: Item
    future: asyncio.Future[Result]


class Batches(Generic[Item, Result]):
    """``run`` does a batch at once, atomically, and returns one result per item, in order; ``lanes`` batches may overlap.

    Items whose ``key`` is equal never stand in one batch. With ``shared`` (reads) one of them stands for all and its
    result is given to all; without it (changes) each has its turn in a batch of its own, so that exactly one can win.

    When ``run`` fails, so does the whole batch; but where the error is ``separable`` (an item's own fault, and nothing
    of the batch has happened) each item is run again by itself.
    """

    def __init__(
        self,
        run: Callable[[Sequence[Item]], Awaitable[Sequence[Result]]],
        key: Callable[[Item], Hashable],
        *,
        shared: bool,
        separable: Callable[[Exception], bool],
        lanes: int = 1,
        size: int = _SIZE,
    ) -> None:
        self._run = run
        self._key = key
        self._shared = shared
        self._separable = separable
        self._size = size
        self._waiting: dict[Hashable, deque[_Call[Item, Result]]] = {}
        self._lanes = lanes
        self._senders: set[asyncio.Task[None]] = set()
        self._starting: asyncio.Task[None] | None = None
        """The sender that leaves at the end of this turn."""

    async def __call__(self, item: Item) -> Result:
        """The item's result; whoever is cancelled before the item has left takes it back."""
        loop = asyncio.get_running_loop()
        future: asyncio.Future[Result] = loop.create_future()
        key = self._key(item)
        waiting = self._waiting.get(key)
        if waiting is None:
            waiting = self._waiting[key] = deque()
        waiting.append(_Call(item, future))
        if self._starting is None and len(self._senders) < self._lanes:
            self._starting = loop.create_task(self._send_all())
            self._senders.add(self._starting)
        return await future

    async def drain(self) -> None:
        """Return when nothing is waiting or under way."""
        while self._senders:
            await asyncio.wait(self._senders)

    async def _send_all(self) -> None:
        assert self._starting is not None  # noqa: S101 - it is this one
        sender, self._starting = self._starting, None
        try:
            while self._waiting:
                if groups := self._next():
                    await self._send(groups)
        finally:
            self._senders.discard(sender)

    def _next(self) -> list[list[_Call[Item, Result]]]:
        """The next batch, the longest waiting first: for each item the calls that its result is for."""
        groups: list[list[_Call[Item, Result]]] = []
        later: dict[Hashable, deque[_Call[Item, Result]]] = {}
        for key in list(islice(self._waiting, self._size)):
            calls = self._waiting.pop(key)
            group: list[_Call[Item, Result]] = []
            while calls and (self._shared or not group):
                call = calls.popleft()
                if not call.future.done():
                    group.append(call)
            if group:
                groups.append(group)
            if calls:
                later[key] = calls
        self._waiting.update(later)
        return groups

    async def _send(self, groups: list[list[_Call[Item, Result]]]) -> None:
        try:
            results = await self._run([group[0].item for group in groups])
            for group, result in list(zip(groups, results, strict=True)):
                for call in group:
                    if not call.future.done():
                        call.future.set_result(result)
        except Exception as error:  # noqa: BLE001 - whatever it is, the callers hear of it
            if len(groups) > 1 and self._separable(error):
                for group in groups:
                    await self._send([group])
            else:
                _fail(groups, error)
        except BaseException:  # the loop is being torn down
            for group in groups:
                for call in group:
                    call.future.cancel()
            raise


def _fail(groups: list[list[_Call[Item, Result]]], error: Exception) -> None:
    """Each caller raises an exception of its own: a shared one would gather everybody's tracebacks."""
    for group in groups:
        for call in group:
            if not call.future.done():
                call.future.set_exception(copy(error))
