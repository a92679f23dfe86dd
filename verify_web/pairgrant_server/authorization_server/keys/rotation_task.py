"""What each serving process does for the keys, beside the sweeper: notice new ones, rotate by age, remove what has ended."""

import asyncio
from collections.abc import Awaitable, Callable

import structlog

from pairgrant_server.authorization_server.keys.signing_keys import SigningKeys, UnreadableKeyError
from pairgrant_server.authorization_server.store.errors import StoreUnavailableError

EVERY = 5.0
"""Seconds between two looks; a look is one read of a few rows."""

AT_LEAST = 1.0
"""Seconds between two looks, whatever tokens come in: garbage must not become traffic for the database."""

log = structlog.get_logger()


class KeyUpkeep:
    """``rotation`` in seconds; 0 for never. ``pause`` comes between two looks, and is told by what it may be cut short."""

    def __init__(
        self,
        keys: SigningKeys,
        rotation: float,
        pause: Callable[[asyncio.Event], Awaitable[None]] | None = None,
    ) -> None:
        self._keys = keys
        self._rotation = rotation
        self._pause = pause or _pause
        self._told = ""

    async def look(self) -> None:
        """Do what is to be done now; trouble is for the log, and the keys that are known go on serving."""
        try:
            await self._keys.refresh()
            await self._keys.make_missing()
            for kid in await self._keys.rotate_by_age(self._rotation):
                log.info("signing key rotated by age", kid=kid)
            for kid in await self._keys.remove_ended():
                log.info("signing key removed, everything that it signed has ended", kid=kid)
        except StoreUnavailableError:
            return  # the requests of the moment tell it
        except UnreadableKeyError as error:
            if self._told != str(error):
                self._told = str(error)
                log.error("unreadable key; serving with the keys from before", reason=str(error))  # noqa: TRY400 - the text says all
            return
        self._told = ""

    async def look_forever(self) -> None:
        """Until cancelled."""
        while True:
            await self.look()
            await self._pause(self._keys.wanted)


async def _pause(wanted: asyncio.Event) -> None:
    await asyncio.sleep(AT_LEAST)
    try:
        async with asyncio.timeout(EVERY - AT_LEAST):
            await wanted.wait()
    except TimeoutError:
        pass
