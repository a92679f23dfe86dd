"""Spreads a burst of page requests over turns of the event loop, one network after the other.

A page takes some milliseconds. A thousand that arrive at once would begin in one turn of the loop, and for
seconds no poll, health check or page of another network would get its response.
"""

import asyncio
from collections import deque

from starlette.types import ASGIApp, Receive, Scope, Send

from pairgrant_server.front.gate import caller_network

PER_TURN = 4
"""Pages that begin in one turn of the loop; between turns it reads from all connections."""


class PageTurns:
    """Lets at most ``per_turn`` requests begin in each turn; networks that wait take turns."""

    def __init__(self, app: ASGIApp, per_turn: int = PER_TURN) -> None:
        self.app = app
        self._per_turn = per_turn
        self._begun = 0
        """Requests that began in this turn."""
        self._is_scheduled = False
        self._waiting: dict[str, deque[asyncio.Future[None]]] = {}
        """By network; the first one is next."""

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "lifespan":
            await self._turn(caller_network(scope))
        await self.app(scope, receive, send)

    async def _turn(self, network: str) -> None:
        loop = asyncio.get_running_loop()
        if not self._is_scheduled:
            self._is_scheduled = True
            loop.call_soon(self._next_turn)
        if self._begun < self._per_turn and not self._waiting:
            self._begun += 1
            return
        turn = loop.create_future()
        self._waiting.setdefault(network, deque()).append(turn)
        await turn

    def _next_turn(self) -> None:
        self._begun = 0
        while self._waiting and self._begun < self._per_turn:
            network = next(iter(self._waiting))
            queue = self._waiting.pop(network)
            turn = queue.popleft()
            if queue:
                self._waiting[network] = queue  # behind the other networks
            if not turn.done():  # else its request was cancelled
                turn.set_result(None)
                self._begun += 1
        self._is_scheduled = bool(self._begun)
        if self._is_scheduled:
            asyncio.get_running_loop().call_soon(self._next_turn)
