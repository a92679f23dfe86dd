"""Removal of connected devices by their person: it takes effect after ten seconds, unless it is undone.

The instant is in the database. From then on every check treats the device as ended, in all processes and
whatever happened to the page; ``finish_due`` only revokes it for good.
"""

import asyncio

import structlog

from pairgrant_protocol.sign_in_end import EndedBy
from pairgrant_server.authorization_server.clock import Clock
from pairgrant_server.authorization_server.model.records import ConnectedDevice
from pairgrant_server.authorization_server.secrets.identifiers import RandomBytes, new_id
from pairgrant_server.authorization_server.store.interface.connected_devices import ConnectedDeviceStore
from pairgrant_server.authorization_server.store.interface.device_removals import DeviceRemovalStore

UNDO_SECONDS = 10.0
"""How long a removal can be undone."""

log = structlog.get_logger()


class DeviceRemovals:
    """Each method changes the devices of ``user_id`` alone; a ``device_id`` of None means all of them."""

    def __init__(
        self,
        store: DeviceRemovalStore,
        devices: ConnectedDeviceStore,
        clock: Clock,
        random_bytes: RandomBytes,
    ) -> None:
        self._store = store
        self._devices = devices
        self._clock = clock
        self._random_bytes = random_bytes

    async def ask(self, user_id: str, device_id: str | None) -> bool:
        """Remove the device in ten seconds; False if it is gone, or this has been asked before."""
        return await self._ask(user_id, device_id, UNDO_SECONDS)

    async def undo(self, user_id: str, device_id: str | None) -> bool:
        """Keep what is being removed; False if it is too late, or nothing is being removed."""
        now = self._clock()
        return await self._store.undo_removal(user_id, device_id, now, self._event_id(now))

    async def has_removed(self, user_id: str, seconds: float) -> bool:
        """Whether a removal by this person has taken effect in the last ``seconds``."""
        now = self._clock()
        return await self._store.has_removed(user_id, now - seconds, now)

    async def remove_now(self, user_id: str, device_id: str) -> bool:
        """Remove the device at once; False if it is gone."""
        if not await self._ask(user_id, device_id, 0.0):
            return False
        device = await self._devices.connected_device(device_id)
        if device is not None:
            await self._finish(device)
        return True

    async def finish_now(self, user_id: str) -> int:
        """Remove at once what is being removed; the number of devices."""
        devices = await self._devices.connected_devices(user_id, self._clock())
        pending = [device.device_id for device in devices if device.remove_at is not None]
        return sum(await asyncio.gather(*(self.remove_now(user_id, one) for one in pending)))

    async def finish_due(self) -> int:
        """Revoke for good what its person has removed; the number of devices."""
        finished = 0
        while due := await self._store.due_removals(self._clock()):
            finished += sum(await asyncio.gather(*map(self._finish, due)))
        return finished

    async def _ask(self, user_id: str, device_id: str | None, delay: float) -> bool:
        now = self._clock()
        return await self._store.ask_removal(user_id, device_id, now + delay, now, self._event_id(now))

    async def _finish(self, device: ConnectedDevice) -> bool:
        is_finished = await self._store.finish_removal(device)
        if is_finished:
            log.info(
                "connected device revoked",
                device_id=device.device_id,
                client_id=device.client_id,
                reason=EndedBy.USER.value,
            )
        return is_finished

    def _event_id(self, now: float) -> str:
        return new_id(now, self._random_bytes).hex()
