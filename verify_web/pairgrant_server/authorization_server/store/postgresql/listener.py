"""Changes by other servers: a connection that listens for changed grants, and is replaced when it is lost."""

import asyncio
from collections.abc import Callable
from typing import Any

from pairgrant_server.authorization_server.store.errors import DatabaseError
from pairgrant_server.authorization_server.store.postgresql.server import Connection, Server

GRANTS_CHANNEL = "pairgrant_grant"
"""The channel of ``NOTIFY``; the payload is the id of a changed grant in hexadecimal."""

_PULSE = 10.0
"""Seconds between two checks of the connection; they reveal one that broke silently."""

_FIRST_PAUSE = 0.1
_LONGEST_PAUSE = 5.0


class PostgresqlListener:
    """Connects at the first ``listen``, and listens until ``close``."""

    def __init__(self, server: Server) -> None:
        self._server = server
        self._listeners: list[Callable[[bytes | None], None]] = []
        self._task: asyncio.Task[None] | None = None
        self._lost = asyncio.Event()

    def listen(self, on_change: Callable[[bytes | None], None]) -> None:
        self._listeners.append(on_change)
        if self._task is None:
            self._task = asyncio.get_running_loop().create_task(self._listen_forever())

    async def close(self) -> None:
        self._listeners.clear()
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
            except Exception:  # noqa: BLE001 - whatever ended it, a new connection follows
                await asyncio.sleep(pause)
            finally:
                connection.terminate()

    async def _listen_on(self, connection: Connection) -> None:
        """Return, or raise, when the connection is lost."""
        self._lost.clear()
        connection.add_termination_listener(self._end)
        await connection.add_listener(GRANTS_CHANNEL, self._notified)
        self._notify(None)  # changes before this moment were missed
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
            return  # another program's notification
        self._notify(grant_id)

    def _notify(self, grant_id: bytes | None) -> None:
        loop = asyncio.get_running_loop()
        for on_change in self._listeners:
            loop.call_soon(on_change, grant_id)
