"""Polls whose response is held until their grant changes: the return channel of step (E) (RFC 8628 §3.5).

A poll is registered before its grant is read, so that no change is missed between the read and the wait. A
wake-up is only a hint to read again: the database is the truth.
"""

import asyncio
from collections.abc import Iterator
from contextlib import contextmanager

from pairgrant_server.authorization_server.clock import CallLater, Timer

MOST = 20_000
"""Polls that one process holds at once; a further poll gets its response at once, without the preference."""


class HeldPoll:
    """One poll that may wait; a wake-up that comes while it is not waiting is kept for its next wait."""

    def __init__(self, call_later: CallLater) -> None:
        self.has_ended = False
        self._call_later = call_later
        self._timer: Timer | None = None
        self._change: asyncio.Future[None] | None = None
        self._has_changed = False

    def end_in(self, seconds: float) -> None:
        """Wait at most this long from now; called once, when the expiry of the code is known."""
        self._timer = self._call_later(seconds, self.end)

    async def change(self) -> None:
        """Return when the grant may have changed, or when the waiting time has ended."""
        if not self._has_changed:
            self._change = asyncio.get_running_loop().create_future()
            await self._change
        self._has_changed = False

    def wake(self) -> None:
        self._has_changed = True
        if self._change is not None and not self._change.done():
            self._change.set_result(None)

    def end(self) -> None:
        """End the wait."""
        self.has_ended = True
        self.cancel_timer()
        self.wake()

    def cancel_timer(self) -> None:
        if self._timer is not None:
            self._timer.cancel()


class HeldPolls:
    """The polls that this process holds, one a grant: a newer poll ends the wait of the older one."""

    def __init__(self, *, most: int = MOST, call_later: CallLater | None = None) -> None:
        self._by_grant: dict[bytes, HeldPoll] = {}
        self._most = most
        self._call_later = call_later
        self._draining = False

    def __len__(self) -> int:
        return len(self._by_grant)

    @contextmanager
    def hold(self, grant_id: bytes) -> Iterator[HeldPoll | None]:
        """A poll that may wait; None if this process may hold no more."""
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
            held.cancel_timer()
            if self._by_grant.get(grant_id) is held:
                del self._by_grant[grant_id]

    def wake(self, grant_id: bytes | None) -> None:
        """One grant may have changed, or, with None, any of them."""
        if grant_id is None:
            for held in list(self._by_grant.values()):
                held.wake()
        elif (held_one := self._by_grant.get(grant_id)) is not None:
            held_one.wake()

    def drain(self) -> None:
        """End every wait, and hold no further poll: the process is about to end."""
        self._draining = True
        for held in list(self._by_grant.values()):
            held.end()
