"""A server that answers those it holds before it waits for the last answer to be given."""

import asyncio
import socket
from collections.abc import Callable
from types import FrameType

import uvicorn


class DrainingServer(uvicorn.Server):
    """``drain`` is called in the loop as soon as the process is told to end, ``on_start`` once it listens."""

    def __init__(
        self, config: uvicorn.Config, drain: Callable[[], None], on_start: Callable[[], None]
    ) -> None:
        super().__init__(config)
        self._drain = drain
        self._on_start = on_start
        self._loop = asyncio.get_running_loop()

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets)
        self._on_start()

    def handle_exit(self, sig: int, frame: FrameType | None) -> None:
        self._loop.call_soon_threadsafe(self._drain)
        super().handle_exit(sig, frame)
