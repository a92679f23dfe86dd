"""Request bodies, read within a time limit, so that a slow client can't hold a connection forever."""

import asyncio
from typing import Any

from pairgrant_server.authorization_server.clock import CallLater
from pairgrant_server.authorization_server.http.message import ClientGoneError, Receive, read_body

PATIENCE = 10.0
"""Seconds that every client has to send its body; after twice as many it is certainly cut off."""


class BodyReader:
    """Two generations of reading tasks and one timer for all.

    A timeout for each would cost half as much as a poll.
    """

    def __init__(self, patience: float = PATIENCE, call_later: CallLater | None = None) -> None:
        self._patience = patience
        self._call_later = call_later
        self._ticking = False
        self._young: set[asyncio.Task[Any]] = set()
        self._old: set[asyncio.Task[Any]] = set()
        self._cancelled: set[asyncio.Task[Any]] = set()

    async def read(self, receive: Receive) -> bytes:
        """The whole body, read in the task of the request.

        Raises:
            BodyTooLargeError
            ClientGoneError: the client hung up, or took too long.
        """
        task = asyncio.current_task()
        assert task is not None  # noqa: S101 - outside a task the body is in ``WHOLE_BODY``
        self._young.add(task)
        if not self._ticking:
            self._tick_later()
        try:
            return await read_body(receive)
        except asyncio.CancelledError:
            if task not in self._cancelled or task.uncancel():
                raise
            raise ClientGoneError from None
        finally:
            self._young.discard(task)
            self._old.discard(task)
            self._cancelled.discard(task)

    def _tick_later(self) -> None:
        self._ticking = True
        call_later = self._call_later or asyncio.get_running_loop().call_later
        call_later(self._patience, self._tick)

    def _tick(self) -> None:
        """Cancel the tasks that have been reading since the tick before."""
        for task in self._old:
            self._cancelled.add(task)
            task.cancel()
        self._old, self._young = self._young, set()
        self._ticking = False
        if self._old:
            self._tick_later()
