"""Polls whose answer is held until their grant changes: the return channel of step (E) (RFC 8628 §3.5).

A poll is registered before its grant is looked at, so that no change falls between the look and the wait. A wake-up is
only a hint to look again: the database is the truth.
"""

import asyncio
from collections.abc import Iterator
from contextlib import contextmanager

from pairgrant_server.authorization_server.clock import CallLater, Timer

MOST = 20_000
"""Polls held at once by one process; one more is answered at once, as if it had not asked to wait."""


class HeldPoll:
    """One poll that may wait; a wake-up that comes while it is not waiting is remembered."""

    def __init__(self, call_later: CallLater) -> None:
        self.is_over = False
        self._call_later = call_later
        self._timer: Timer | None = None
        self._news: asyncio.Future[None] | None = None
        self._has_news = False

    def end_in(self, seconds: float) -> None:
        """Wait no longer than this; called once, when it is known how long the code lives."""
        self._timer = self._call_later(seconds, self.end)

    async def news(self) -> None:
        """Return when there may be something new, or the time is over."""
        if not self._has_news:
            self._news = asyncio.get_running_loop().create_future()
            await self._news
        self._has_news = False

    def wake(self) -> None:
        self._has_news = True
        if self._news is not None and not self._news.done():
            self._news.set_result(None)

    def end(self) -> None:
        """Nothing more is waited for."""
        self.is_over = True
        self.forget_time()
        self.wake()

    def forget_time(self) -> None:
        if self._timer is not None:
            self._timer.cancel()


class HeldPolls:
    """The polls that this process holds, at most one for each grant: a newer one ends the wait of the older."""

    def __init__(self, *, most: int = MOST, call_later: CallLater | None = None) -> None:
        self._by_grant: dict[bytes, HeldPoll] = {}
        self._most = most
        self._call_later = call_later
        self._draining = False

    def __len__(self) -> int:
        return len(self._by_grant)

    @contextmanager
    def hold(self, grant_id: bytes) -> Iterator[HeldPoll | None]:
        """A poll that may wait; None where no more may be held."""
        if self._draining or len(self._by_grant) >= self._most:
            yield None
            return
        held = HeldPoll(self._call_later or asyncio.get_running_loop().call_later)
        older = self._by_grant.get(grant_id)
        self._by_grant[grant_id] = held
        if older is not None:
            older.end()
        try:
            yield held
        finally:
            held.forget_time()
            if self._by_grant.get(grant_id) is held:
                del self._by_grant[grant_id]

    def wake(self, grant_id: bytes | None) -> None:
        """Something may have changed about one grant, or, with None, about any of them."""
        if grant_id is None:
            for held in list(self._by_grant.values()):
                held.wake()
        elif (held_one := self._by_grant.get(grant_id)) is not None:
            held_one.wake()

    def drain(self) -> None:
        """Answer everyone now, and hold no one from now on: the process is about to end."""
        self._draining = True
        for held in list(self._by_grant.values()):
            held.end()
