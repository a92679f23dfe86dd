"""The queue for verifying passwords, step (D): its places, shared so that no caller can take them all."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

from pairgrant_server.authorization_server.limits.sign_in_attempts import Lane

_WAITING_PER_CALLER = 40
"""A class that signs in at the same moment."""


class Places:
    """How many sign-ins of each lane may be in the queue; pure counting.

    A known browser may use every place, an unknown one three quarters, a suspect network an eighth.
    """

    def __init__(self, places: int) -> None:
        self._most = {
            Lane.KNOWN: places,
            Lane.NEW: places - places // 4,
            Lane.SUSPECT: max(1, places // 8),
        }
        self._taken = dict.fromkeys(Lane, 0)
        self.per_caller = {Lane.KNOWN: 2, Lane.NEW: max(1, places // 4), Lane.SUSPECT: 1}

    def enter(self, lane: Lane) -> bool:
        """Take a place; False if the lane has none."""
        taken = self._taken[lane] if lane is Lane.SUSPECT else sum(self._taken.values())
        if taken >= self._most[lane] or sum(self._taken.values()) >= self._most[Lane.KNOWN]:
            return False
        self._taken[lane] += 1
        return True

    def leave(self, lane: Lane) -> None:
        self._taken[lane] -= 1


@dataclass(slots=True)
class _Turns:
    """The sign-ins of one caller: a few at a time, the others wait."""

    at_a_time: asyncio.Semaphore
    present: int = field(default=0)


class PasswordQueue:
    """Places for sign-ins, of which one caller holds a few at most."""

    def __init__(self, places: int) -> None:
        self._places = Places(places)
        self._turns: dict[tuple[Lane, str], _Turns] = {}

    @asynccontextmanager
    async def place(self, lane: Lane, caller: str) -> AsyncIterator[bool]:
        """A place, for as long as the block runs; False if there is none."""
        key = (lane, caller)
        turns = self._turns.setdefault(key, _Turns(asyncio.Semaphore(self._places.per_caller[lane])))
        if turns.present >= _WAITING_PER_CALLER:
            yield False
            return
        turns.present += 1
        try:
            async with turns.at_a_time:
                has_place = self._places.enter(lane)
                try:
                    yield has_place
                finally:
                    if has_place:
                        self._places.leave(lane)
        finally:
            turns.present -= 1
            if not turns.present:
                self._turns.pop(key, None)
