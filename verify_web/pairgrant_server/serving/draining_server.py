"""A uvicorn server that responds to held polls before it waits for open requests to finish."""

import asyncio
import socket
from collections.abc import Callable
from types import FrameType

import uvicorn


class DrainingServer(uvicorn.Server):
    """``drain`` is called in the loop when a stop signal arrives, ``on_start`` when the server listens."""

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
