"""A clock that tests move by hand."""

import asyncio

from pairgrant.clock import Clock

NOW = 5_000.0
WALL = 1_790_000_000.0


class ManualClock:
    """Time that passes only in ``pass_time``, which wakes sleepers in order on the way."""

    def __init__(self) -> None:
        self.time = NOW
        self.unix = WALL
        self._sleepers: list[tuple[float, asyncio.Future[None]]] = []

    @property
    def clock(self) -> Clock:
        return Clock(now=lambda: self.time, wall=lambda: self.unix, sleep=self._sleep)

    async def pass_time(self, seconds: float) -> None:
        end = self.time + seconds
        await self.settle()
        while due := [sleeper for sleeper in self._sleepers if sleeper[0] <= end]:
            first = min(due, key=lambda sleeper: sleeper[0])
            self._sleepers.remove(first)
            self._move_to(max(first[0], self.time))
            if not first[1].done():
                first[1].set_result(None)
            await self.settle()
        self._move_to(end)

    def suspend(self, seconds: float) -> None:
        """Suspend the machine: the time goes on, but no sleep gets shorter."""
        self._move_to(self.time + seconds)
        self._sleepers = [(due + seconds, sleeper) for due, sleeper in self._sleepers]

    async def settle(self) -> None:
        """Let everything that can run now run."""
        for _ in range(30):
            await asyncio.sleep(0)

    def _move_to(self, time: float) -> None:
        self.unix += time - self.time
        self.time = time

    async def _sleep(self, seconds: float) -> None:
        waiting = asyncio.get_running_loop().create_future()
        self._sleepers.append((self.time + seconds, waiting))
        await waiting
