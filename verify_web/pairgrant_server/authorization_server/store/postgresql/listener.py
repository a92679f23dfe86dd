"""News from other servers: a connection that listens for changed grants, and comes back when it was lost."""

import asyncio
from collections.abc import Callable
from typing import Any

from pairgrant_server.authorization_server.store.errors import DatabaseError
from pairgrant_server.authorization_server.store.postgresql.server import Connection, Server
from pairgrant_server.authorization_server.store.postgresql.statements import GRANTS_CHANNEL

Heard = Callable[[bytes | None], None]

_PULSE = 10.0
"""Seconds between two signs of life; a connection that died without a word is noticed by them."""

_FIRST_PAUSE = 0.1
_LONGEST_PAUSE = 5.0


class GrantListener:
    """Tells everyone who listens; connects when the first one does."""

    def __init__(self, server: Server) -> None:
        self._server = server
        self._heard: list[Heard] = []
        self._task: asyncio.Task[None] | None = None
        self._lost = asyncio.Event()

    def listen(self, heard: Heard) -> None:
        self._heard.append(heard)
        if self._task is None:
            self._task = asyncio.get_running_loop().create_task(self._listen_forever())

    async def close(self) -> None:
        self._heard.clear()
        if self._task is not None:
            self._task.cancel()
            await asyncio.wait([self._task])

    async def _listen_forever(self) -> None:
        pause = _FIRST_PAUSE
        while True:
            try:
                connection = await self._server.connect()
            except DatabaseError:
                await asyncio.sleep(pause)
                pause = min(pause * 2, _LONGEST_PAUSE)
                continue
            pause = _FIRST_PAUSE
            try:
                await self._listen_on(connection)
            except Exception:  # noqa: BLE001 - whatever ended it, it begins again
                await asyncio.sleep(pause)
            finally:
                connection.terminate()

    async def _listen_on(self, connection: Connection) -> None:
        """Return, or raise, when the connection is lost."""
        self._lost.clear()
        connection.add_termination_listener(self._end)
        await connection.add_listener(GRANTS_CHANNEL, self._notified)
        self._tell(None)  # whatever came before this moment was missed
        while not connection.is_closed():
            try:
                async with asyncio.timeout(_PULSE):
                    await self._lost.wait()
            except TimeoutError:
                await connection.execute("SELECT 1")

    def _end(self, _connection: Any) -> None:
        self._lost.set()

    def _notified(self, _connection: Any, _pid: int, _channel: str, payload: object) -> None:
        try:
            grant_id = bytes.fromhex(str(payload))
        except ValueError:
            return  # not one of ours
        self._tell(grant_id)

    def _tell(self, grant_id: bytes | None) -> None:
        loop = asyncio.get_running_loop()
        for heard in self._heard:
            loop.call_soon(heard, grant_id)
