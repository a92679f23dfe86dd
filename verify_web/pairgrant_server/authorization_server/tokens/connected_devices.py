"""Connected devices: what a grant became, from its first tokens to its revocation; after step (F)."""

from collections.abc import Sequence

import structlog

from pairgrant_server.authorization_server.clock import Clock
from pairgrant_server.authorization_server.model.records import ConnectedDevice
from pairgrant_server.authorization_server.store.interface.connected_devices import ConnectedDeviceStore

log = structlog.get_logger()


class ConnectedDevices:
    """Lists and revokes connected devices."""

    def __init__(self, devices: ConnectedDeviceStore, clock: Clock) -> None:
        self._devices = devices
        self._clock = clock

    async def of_user(self, user_id: str) -> Sequence[ConnectedDevice]:
        """The devices that can act for this person now, the latest first."""
        return await self._devices.connected_devices(user_id, self._clock())

    async def device(self, device_id: str) -> ConnectedDevice | None:
        return await self._devices.connected_device(device_id)

    async def revoke(self, device_id: str, *, user_id: str | None = None, reason: str = "person") -> bool:
        """End every token of a device; with ``user_id`` only if it is that person's.

        False if it had ended before.
        """
        device = await self._devices.connected_device(device_id)
        if device is None or (user_id is not None and device.user_id != user_id):
            return False
        revoked = await self._devices.revoke_device(device_id, self._clock())
        if revoked:
            log.info(
                "connected device revoked", device_id=device_id, client_id=device.client_id, reason=reason
            )
        return revoked
