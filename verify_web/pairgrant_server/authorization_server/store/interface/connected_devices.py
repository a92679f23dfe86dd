"""Families of tokens: paired devices and other sign-ins of clients."""

from collections.abc import Sequence
from typing import Protocol

from pairgrant_server.authorization_server.model.records import ConnectedDevice, Rotation


class ConnectedDeviceStore(Protocol):
    async def add_connected_device(self, device: ConnectedDevice) -> None:
        """Add a family of tokens that has no stored grant (RFC 7523 §2.1)."""

    async def connected_device(self, device_id: str) -> ConnectedDevice | None: ...

    async def connected_devices(self, user_id: str, now: float) -> Sequence[ConnectedDevice]:
        """Those that are neither revoked nor expired at ``now``, newest first."""

    async def has_device_with_key(self, client_id: str, dpop_jkt: str, now: float) -> bool:
        """Whether the key of a device of this client, neither revoked nor expired at ``now``, is this one."""

    async def rotate_refresh(self, rotation: Rotation) -> bool:
        """Replace the refresh token of a device that is not revoked by the next one;

        False if it was used before.
        """

    async def use_refresh_replay(self, device_id: str, refresh_sequence: int) -> bool:
        """Use up the stored response of the rotation that gave ``refresh_sequence``.

        False if it was used before, or the device has been rotated or revoked since.
        """

    async def revoke_device(self, device_id: str, now: float) -> bool:
        """Revoke the device and remove its refresh token and replay; True if it was not revoked before."""
