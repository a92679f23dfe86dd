"""Sends calls of one kind that come at the same time to the database as one batch.

A batch gathers calls until a turn of the event loop brings no further one. Calls that come while every lane
is busy wait, and are sent together when a lane is free. So a single call waits for one turn, and under load
there are fewer statements: one costs as much processor time as a request.
"""

import asyncio
from collections import deque
from collections.abc import Awaitable, Callable, Hashable, Sequence
from copy import copy
from itertools import islice
from typing import Generic, TypeAlias, TypeVar

_SIZE = 256
_MOST_TURNS = 4
"""Turns of the event loop in which a batch gathers calls at most."""

Item = TypeVar("Item")
Result = TypeVar("Result")


_Call: TypeAlias = tuple[Item, asyncio.Future[Result]]
_Calls: TypeAlias = list[_Call[Item, Result]]
"""Calls that get the result of one item."""


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
        """Calls with equal keys, longest waiting first."""
        self._lanes = lanes
        self._senders: set[asyncio.Task[None]] = set()
        self._gathering: asyncio.Task[None] | None = None
        """The sender that will take the calls that are waiting."""

    def __call__(self, item: Item) -> asyncio.Future[Result]:
        """The item's result. A call that is cancelled before its item is sent withdraws the item."""
        loop = asyncio.get_running_loop()
        future: asyncio.Future[Result] = loop.create_future()
        key = self._key(item)
        if key in self._waiting:
            self._waiting[key].append((item, future))
        else:
            self._waiting[key] = deque(((item, future),))
        if self._gathering is None and len(self._senders) < self._lanes:
            self._gathering = loop.create_task(self._send_all())
            self._gathering.add_done_callback(self._ended)
            self._senders.add(self._gathering)
        return future

    async def drain(self) -> None:
        """Return when no call is waiting or running."""
        while self._senders:
            await asyncio.wait(self._senders)

    async def _send_all(self) -> None:
        """Send until no call is waiting, or another sender will take those that are."""
        assert self._gathering is not None  # noqa: S101 - it is this one
        sender = self._gathering
        try:
            while self._waiting and self._gathering in {None, sender}:
                self._gathering = sender
                await self._await_others()
                self._gathering = None
                if batch := self._next():
                    await self._send(batch)
        finally:
            self._senders.discard(sender)

    def _ended(self, sender: asyncio.Task[None]) -> None:
        """Give up what a sender would have sent that was cancelled, perhaps before it began."""
        if not sender.cancelled():
            return
        self._senders.discard(sender)
        if self._gathering is sender:
            self._gathering = None
        if not self._senders:  # the event loop is shutting down
            for calls in self._waiting.values():
                for _, future in calls:
                    future.cancel()
            self._waiting.clear()

    async def _await_others(self) -> None:
        known = 0
        for _ in range(_MOST_TURNS):
            if not known < len(self._waiting) < self._size:
                break
            known = len(self._waiting)
            await asyncio.sleep(0)

    def _next(self) -> list[_Calls[Item, Result]]:
        """The next batch, longest waiting first: for each item, the calls that get its result."""
        batch: list[_Calls[Item, Result]] = []
        later: dict[Hashable, deque[_Call[Item, Result]]] = {}
        for key in list(islice(self._waiting, self._size)):
            waiting = self._waiting.pop(key)
            calls: _Calls[Item, Result] = []
            while waiting and (self._shared or not calls):
                call = waiting.popleft()
                if not call[1].done():
                    calls.append(call)
            if calls:
                batch.append(calls)
            if waiting:
                later[key] = waiting
        self._waiting.update(later)
        return batch

    async def _send(self, batch: list[_Calls[Item, Result]]) -> None:
        try:
            results = await self._run([calls[0][0] for calls in batch])
            for calls, result in list(zip(batch, results, strict=True)):
                for _, future in calls:
                    if not future.done():
                        future.set_result(result)
        except Exception as error:  # noqa: BLE001 - each error is raised to the callers
            if len(batch) > 1 and self._separable(error):
                for calls in batch:
                    await self._send([calls])
            else:
                _fail(batch, error)
        except BaseException:  # the event loop is shutting down
            for calls in batch:
                for _, future in calls:
                    future.cancel()
            raise


def _fail(batch: list[_Calls[Item, Result]], error: Exception) -> None:
    """Give each caller a copy of the error; a shared one would collect the tracebacks of all callers."""
    for calls in batch:
        for _, future in calls:
            if not future.done():
                future.set_exception(copy(error))
