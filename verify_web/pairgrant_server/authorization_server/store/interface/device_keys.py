"""Enrolled keys of devices (RFC 10027: trusted devices)."""

from collections.abc import Sequence
from typing import Protocol

from pairgrant_server.authorization_server.model.risk_records import DeviceKey


class DeviceKeyStore(Protocol):
    async def put_device_key(self, key: DeviceKey) -> None:
        """Insert, or replace the entry of the same client and key."""

    async def device_key(self, client_id: str, dpop_jkt: str) -> DeviceKey | None: ...

    async def device_keys(self) -> Sequence[DeviceKey]:
        """All of them, by client and name."""

    async def remove_device_key(self, client_id: str, dpop_jkt: str) -> bool:
        """False if there is none."""
