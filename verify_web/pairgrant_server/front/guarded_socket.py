"""The websocket of one live page, closed when a frame breaks the rules or no page stands behind it."""

import asyncio
from collections.abc import Callable
from contextlib import suppress

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from pairgrant_server.front.socket_rules import (
    CONNECT_REFUSED,
    CONNECT_SECONDS,
    CONNECTED,
    FrameBudget,
)

_POLICY_VIOLATION = 1008


class GuardedSocket:
    """The ``receive`` and ``send`` of one socket, between the server and ``app``."""

    def __init__(
        self,
        receive: Receive,
        send: Send,
        *,
        clock: Callable[[], float],
        patience: float = CONNECT_SECONDS,
    ) -> None:
        self._receive = receive
        self._send = send
        self._clock = clock
        self._budget = FrameBudget()
        self._is_closed = False
        self._wait = asyncio.timeout(patience)
        """Runs until the page is connected."""

    async def run(self, app: ASGIApp, scope: Scope) -> None:
        """Serve the socket; if no page is connected in time, close it."""
        with suppress(TimeoutError):
            async with self._wait:
                await app(scope, self.receive, self.send)
        if self._wait.expired():  # NiceGUI may end without passing the cancellation on
            await self._close()

    async def receive(self) -> Message:
        """The next message; a disconnect once the socket is closed."""
        while not self._is_closed:
            message = await self._receive()
            if message["type"] != "websocket.receive":
                return message
            frame = message.get("text") if message.get("bytes") is None else message["bytes"]
            if self._budget.allows(frame, self._clock()):
                return message
            await self._close()
        return {"type": "websocket.disconnect", "code": _POLICY_VIOLATION}

    async def send(self, message: Message) -> None:
        if self._is_closed:
            return
        if message["type"] == "websocket.close":
            self._is_closed = True
        await self._send(message)
        text = message.get("text") or ""
        if text.startswith(CONNECTED):
            self._wait.reschedule(None)
        elif text.startswith(CONNECT_REFUSED):
            await self._close()

    async def _close(self) -> None:
        if not self._is_closed:
            self._is_closed = True
            await self._send({"type": "websocket.close", "code": _POLICY_VIOLATION})
