"""The queue for verifying passwords, step (D): a sign-in without a place waits for its turn."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from pairgrant_server.accounts.password_places import Claim, Turns


class PasswordQueue:
    """Places for sign-ins, shared so that no caller can take them all."""

    def __init__(self, places: int) -> None:
        self._turns: Turns[asyncio.Future[bool]] = Turns(places)

    @asynccontextmanager
    async def place(self, claim: Claim) -> AsyncIterator[bool]:
        """A place, for as long as the block runs; False if too many wait for one."""
        has_place = self._turns.enter(claim) or await self._wait(claim)
        try:
            yield has_place
        finally:
            if has_place:
                self._leave(claim)

    async def _wait(self, claim: Claim) -> bool:
        turn: asyncio.Future[bool] = asyncio.get_running_loop().create_future()
        leaving = self._turns.wait(claim, turn)
        if leaving is not None and not leaving.done():
            leaving.set_result(False)
        try:
            return await turn
        except asyncio.CancelledError:
            self._turns.stop_waiting(claim, turn)
            if not turn.cancelled() and turn.result():
                self._leave(claim)
            raise

    def _leave(self, claim: Claim) -> None:
        leaving = [claim]
        while leaving:
            for entered, turn in self._turns.leave(leaving.pop()):
                if turn.done():  # cancelled, and not yet out of its line
                    leaving.append(entered)
                else:
                    turn.set_result(True)
