"""Families of tokens: paired devices and other sign-ins of clients."""

from collections.abc import Sequence
from typing import Protocol

from pairgrant_server.authorization_server.model.records import ConnectedDevice, Rotation


class ConnectedDeviceStore(Protocol):
    async def add_connected_device(self, device: ConnectedDevice) -> None:
        """A family of tokens that no stored grant stands behind (RFC 7523 §2.1)."""

    async def connected_device(self, device_id: str) -> ConnectedDevice | None: ...

    async def connected_devices(self, user_id: str, now: float) -> Sequence[ConnectedDevice]:
        """Those neither revoked nor dead of age at ``now``, the youngest first."""

    async def rotate_refresh(self, rotation: Rotation) -> bool:
        """Use up the refresh token of a device that is not revoked and put the next one in its place."""

    async def revoke_device(self, device_id: str, now: float) -> bool:
        """True if it was connected until now; its refresh token and replays are gone with it."""
