"""A background task: load new signing keys, rotate by age, remove keys that have ended."""

import asyncio
from collections.abc import Awaitable, Callable

import structlog

from pairgrant_server.authorization_server.keys.signing_keys import SigningKeys, UnreadableKeyError
from pairgrant_server.authorization_server.store.errors import StoreUnavailableError

EVERY = 5.0
"""Seconds between two runs; a run reads a few rows."""

AT_LEAST = 1.0
"""Least seconds between two runs, so that tokens with unknown keys cause no database traffic."""

log = structlog.get_logger()


class KeyRotationTask:
    """``rotation`` in seconds; 0 for never.

    ``pause`` waits between two runs; the event it gets may end it early.
    """

    def __init__(
        self,
        keys: SigningKeys,
        rotation: float,
        pause: Callable[[asyncio.Event], Awaitable[None]] | None = None,
    ) -> None:
        self._keys = keys
        self._rotation = rotation
        self._pause = pause or _pause
        self._logged = ""

    async def run(self) -> None:
        """Run once; errors are logged, and the keys that are loaded stay in use."""
        try:
            await self._keys.refresh()
            await self._keys.make_missing()
            for kid in await self._keys.rotate_by_age(self._rotation):
                log.info("signing key rotated by age", kid=kid)
            for kid in await self._keys.remove_ended():
                log.info("signing key removed; every token that it signed has expired", kid=kid)
        except StoreUnavailableError:
            return  # requests that need the database log it
        except UnreadableKeyError as error:
            if self._logged != str(error):
                self._logged = str(error)
                log.error("unreadable signing key; the keys loaded before stay in use", reason=str(error))  # noqa: TRY400 - the text says all
            return
        self._logged = ""

    async def run_forever(self) -> None:
        """Until cancelled."""
        while True:
            await self.run()
            await self._pause(self._keys.wanted)


async def _pause(wanted: asyncio.Event) -> None:
    await asyncio.sleep(AT_LEAST)
    try:
        async with asyncio.timeout(EVERY - AT_LEAST):
            await wanted.wait()
    except TimeoutError:
        pass
