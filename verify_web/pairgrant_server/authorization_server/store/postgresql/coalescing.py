"""Sends calls of one kind that come at the same time to the database as one batch.

The first call is sent at the end of the event loop's turn, with all others of that turn. Calls that come
while every lane is busy wait, and are sent together when a lane is free. So a single call does not wait, and
under load there are fewer statements.
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
    """Calls ``run`` with batches; it is atomic and returns one result per item, in order. ``lanes`` batches
    may overlap.

    A batch has at most one item of each ``key``. With ``shared`` (reads), calls with equal keys get the
    result of one item. Without it (changes), each goes into a batch of its own, so that exactly one can win.

    If ``run`` raises, every call of the batch raises. If the error is ``separable`` (one item is at fault,
    and nothing of the batch has happened), each item runs again by itself.
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
        """The sender that starts at the end of this turn."""

    async def __call__(self, item: Item) -> Result:
        """The item's result. A call that is cancelled before its item is sent withdraws the item."""
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
        """Return when no call is waiting or running."""
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
        """The next batch, longest waiting first: for each item, the calls that get its result."""
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
        except Exception as error:  # noqa: BLE001 - each error is raised to the callers
            if len(groups) > 1 and self._separable(error):
                for group in groups:
                    await self._send([group])
            else:
                _fail(groups, error)
        except BaseException:  # the event loop is shutting down
            for group in groups:
                for call in group:
                    call.future.cancel()
            raise


def _fail(groups: list[list[_Call[Item, Result]]], error: Exception) -> None:
    """Give each caller a copy of the error; a shared one would collect the tracebacks of all callers."""
    for group in groups:
        for call in group:
            if not call.future.done():
                call.future.set_exception(copy(error))
