"""Connected devices: what a grant became, from its first tokens to its revocation; after step (F)."""

from collections.abc import Sequence

import structlog

from pairgrant_protocol.sign_in_end import EndedBy
from pairgrant_server.authorization_server.clock import Clock
from pairgrant_server.authorization_server.model.records import ConnectedDevice
from pairgrant_server.authorization_server.store.interface.connected_devices import ConnectedDeviceStore
from pairgrant_server.authorization_server.store.interface.device_removals import DeviceRemovalStore
from pairgrant_server.security_events import SecurityEvent, emit

log = structlog.get_logger()


class ConnectedDevices:
    """Lists, confirms and revokes connected devices."""

    def __init__(self, devices: ConnectedDeviceStore, removals: DeviceRemovalStore, clock: Clock) -> None:
        self._devices = devices
        self._removals = removals
        self._clock = clock

    async def of_user(self, user_id: str) -> Sequence[ConnectedDevice]:
        """The devices that can act for this person now, the latest first."""
        return await self._devices.connected_devices(user_id, self._clock())

    async def device(self, device_id: str) -> ConnectedDevice | None:
        return await self._devices.connected_device(device_id)

    async def revoke(
        self, device_id: str, by: EndedBy, *, user_id: str | None = None, reason: str | None = None
    ) -> bool:
        """End every token of a device; with ``user_id`` only if it is that person's.

        ``by`` is for the device, ``reason`` for the log. False if it had ended before; a removal by its
        person that is due is finished then, and keeps its own reason.
        """
        device, now = await self._devices.connected_device(device_id), self._clock()
        if device is None or (user_id is not None and device.user_id != user_id):
            return False
        is_removed = device.remove_at is not None and now >= device.remove_at
        if is_removed:
            revoked, reason = await self._removals.finish_removal(device), EndedBy.USER.value
        else:
            revoked = await self._devices.revoke_device(device_id, now, by)
        if revoked:
            log.info(
                "connected device revoked",
                device_id=device_id,
                client_id=device.client_id,
                reason=reason or by.value,
            )
        return revoked and not is_removed

    async def confirm(self, device_id: str, user_id: str) -> bool:
        """The person says that the device is theirs, so it no longer ends by itself.

        False if there was nothing to confirm, or it is too late.
        """
        return await self._devices.confirm_device(device_id, user_id, self._clock())

    async def end_unconfirmed(self) -> int:
        """Revoke the devices that were not confirmed in time; their number."""
        ended = 0
        while devices := await self._devices.unconfirmed_devices(self._clock()):
            for device in devices:
                if await self.revoke(device.device_id, EndedBy.UNCONFIRMED):
                    ended += 1
                    emit(
                        SecurityEvent.CONFIRMATION_MISSED,
                        client_id=device.client_id,
                        user_id=device.user_id,
                        device_id=device.device_id,
                        address=device.address,
                    )
        return ended
