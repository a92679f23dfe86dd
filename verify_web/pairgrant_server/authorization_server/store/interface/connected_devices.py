"""Families of tokens: paired devices and other sign-ins of clients."""

from collections.abc import Sequence
from typing import Protocol

from pairgrant_protocol.sign_in_end import EndedBy
from pairgrant_server.authorization_server.model.connected_device import Rotation
from pairgrant_server.authorization_server.model.records import ConnectedDevice
from pairgrant_server.authorization_server.model.with_account import RefreshedDevice, TokenHolder


class ConnectedDeviceStore(Protocol):
    async def add_connected_device(self, device: ConnectedDevice) -> None:
        """Add a family of tokens that has no stored grant (RFC 7523 §2.1)."""

    async def connected_device(self, device_id: str) -> ConnectedDevice | None: ...

    async def refreshed_device(self, device_id: str) -> RefreshedDevice | None: ...

    async def token_holder(self, device_id: str) -> TokenHolder | None:
        """None also if the device has no account any more."""

    async def connected_devices(self, user_id: str, now: float) -> Sequence[ConnectedDevice]:
        """Those that have neither ended nor expired at ``now``, newest first."""

    async def earlier_connections(self, user_id: str, client_id: str) -> Sequence[ConnectedDevice]:
        """The newest 100 of this user and client, those that have ended and are still stored included."""

    async def has_device_with_key(self, client_id: str, dpop_jkt: str, now: float) -> bool:
        """Whether a device of this client that has neither ended nor expired at ``now`` has this key."""

    async def rotate_refresh(self, rotation: Rotation) -> bool:
        """Replace the refresh token of a device that has not ended by the next one;

        False if it was used before.
        """

    async def use_refresh_replay(self, device_id: str, refresh_sequence: int) -> bool:
        """Use up the stored response of the rotation that gave ``refresh_sequence``.

        False if it was used before, or the device has been rotated or revoked since.
        """

    async def revoke_device(self, device_id: str, now: float, ended_by: EndedBy) -> bool:
        """Revoke the device and remove its refresh token and replay; True if it was not revoked before.

        If its user was removing it, their remembered consent for its client is removed too.
        """

    async def confirm_device(self, device_id: str, user_id: str, now: float) -> bool:
        """The person confirms the device in time, and it does not end by itself any more; True once."""

    async def unconfirmed_devices(self, now: float) -> Sequence[ConnectedDevice]:
        """The oldest 100 that were not confirmed in time and are not revoked."""
