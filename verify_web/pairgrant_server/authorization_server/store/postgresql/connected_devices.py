"""Connected devices in PostgreSQL."""

from collections.abc import Callable
from operator import attrgetter
from typing import Any

from pairgrant_server.authorization_server.model.connected_device import Rotation
from pairgrant_server.authorization_server.model.records import ConnectedDevice
from pairgrant_server.authorization_server.model.with_account import RefreshedDevice, TokenHolder
from pairgrant_server.authorization_server.store.postgresql.database import PostgresqlDatabase
from pairgrant_server.authorization_server.store.postgresql.errors import storable
from pairgrant_server.authorization_server.store.sql import rows
from pairgrant_server.authorization_server.store.sql.connected_devices import (
    TOKEN_HOLDER,
    SqlConnectedDevices,
)
from pairgrant_server.authorization_server.store.sql.statements import selection, selection_with_account

_rotation_values: Callable[[Rotation], tuple[Any, ...]] = attrgetter(*Rotation.__dataclass_fields__)

DEVICES_BY_ID = selection("connected_devices", ConnectedDevice, "WHERE device_id = ANY($1::text[])")
REFRESHED_DEVICES = selection_with_account(
    "connected_devices", rows.REFRESHED_DEVICE_COLUMNS, "WHERE device_id = ANY($1::text[])"
)
TOKEN_HOLDERS = f"{TOKEN_HOLDER} WHERE device_id = ANY($1::text[])"

ROTATE_REFRESH = """
UPDATE connected_devices
SET refresh_sequence = $3, refresh_digest = $4, expires_at = $5, rotated_at = $6, last_seen_at = $6,
    replay = $7, address = $8
WHERE device_id = $1 AND refresh_digest = $2 AND revoked_at IS NULL
    AND (confirm_by IS NULL OR confirm_by > $6) AND (remove_at IS NULL OR remove_at > $6)
RETURNING device_id AS won
"""


class PostgresqlConnectedDevices(SqlConnectedDevices):
    def __init__(self, database: PostgresqlDatabase) -> None:
        super().__init__(database)
        hot_calls = database.hot_calls
        self._look_up = hot_calls.look_up(DEVICES_BY_ID, "device_id", rows.device_of, str)
        self._refreshed = hot_calls.look_up(REFRESHED_DEVICES, "device_id", rows.refreshed_device_of, str)
        self._token_holder = hot_calls.look_up(TOKEN_HOLDERS, "device_id", rows.token_holder_of, str)
        self._rotate = hot_calls.compare_and_set(ROTATE_REFRESH)

    async def connected_device(self, device_id: str) -> ConnectedDevice | None:
        return await self._look_up(device_id) if storable(device_id) else None

    async def refreshed_device(self, device_id: str) -> RefreshedDevice | None:
        return await self._refreshed(device_id) if storable(device_id) else None

    async def token_holder(self, device_id: str) -> TokenHolder | None:
        return await self._token_holder(device_id) if storable(device_id) else None

    async def rotate_refresh(self, rotation: Rotation) -> bool:
        return await self._rotate(_rotation_values(rotation))
