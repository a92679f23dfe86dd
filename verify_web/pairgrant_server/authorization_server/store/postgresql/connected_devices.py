"""Connected devices in PostgreSQL."""
# ruff: noqa: S608 - tables, columns and types are named in this package; values are always parameters

from collections.abc import Callable
from operator import attrgetter
from typing import Any

from pairgrant_server.authorization_server.model.connected_device import Rotation
from pairgrant_server.authorization_server.model.records import ConnectedDevice
from pairgrant_server.authorization_server.model.with_account import DeviceWithAccount, TokenHolder
from pairgrant_server.authorization_server.store.postgresql.database import PostgresqlDatabase
from pairgrant_server.authorization_server.store.postgresql.errors import storable
from pairgrant_server.authorization_server.store.postgresql.statements import columns_and_types, given
from pairgrant_server.authorization_server.store.sql import rows
from pairgrant_server.authorization_server.store.sql.connected_devices import (
    TOKEN_HOLDER,
    SqlConnectedDevices,
)
from pairgrant_server.authorization_server.store.sql.statements import selection, selection_with_account

DEVICE_COLUMNS = columns_and_types(ConnectedDevice, rows.flat(ConnectedDevice)[0])
_ROTATION_COLUMNS = columns_and_types(Rotation, Rotation.__dataclass_fields__)
_rotation_values: Callable[[Rotation], tuple[Any, ...]] = attrgetter(*_ROTATION_COLUMNS)

DEVICES_BY_ID = selection("connected_devices", ConnectedDevice, "WHERE device_id = ANY($1::text[])")
DEVICES_WITH_ACCOUNT = selection_with_account(
    "connected_devices", ConnectedDevice, "WHERE device_id = ANY($1::text[])"
)
_TOKEN_HOLDERS = f"{TOKEN_HOLDER} WHERE device_id = ANY($1::text[])"

ROTATE_REFRESH = f"""
UPDATE connected_devices
SET refresh_sequence = given.refresh_sequence, refresh_digest = given.refresh_digest,
    expires_at = given.expires_at, rotated_at = given.rotated_at, last_seen_at = given.rotated_at,
    replay = given.replay, address = given.address
FROM {given(_ROTATION_COLUMNS)}
WHERE connected_devices.device_id = given.device_id
    AND connected_devices.refresh_digest = given.expected_digest AND connected_devices.revoked_at IS NULL
    AND (connected_devices.confirm_by IS NULL OR connected_devices.confirm_by > given.rotated_at)
    AND (connected_devices.remove_at IS NULL OR connected_devices.remove_at > given.rotated_at)
RETURNING connected_devices.device_id AS won
"""


class PostgresqlConnectedDevices(SqlConnectedDevices):
    def __init__(self, database: PostgresqlDatabase) -> None:
        super().__init__(database)
        hot_calls = database.hot_calls
        self._look_up = hot_calls.look_up(DEVICES_BY_ID, "device_id", rows.device_of, str)
        self._with_account = hot_calls.look_up(
            DEVICES_WITH_ACCOUNT, "device_id", rows.device_with_account_of, str
        )
        self._token_holder = hot_calls.look_up(_TOKEN_HOLDERS, "device_id", rows.token_holder_of, str)
        self._rotate = hot_calls.compare_and_set(ROTATE_REFRESH, attrgetter("device_id"), _rotation_values)

    async def connected_device(self, device_id: str) -> ConnectedDevice | None:
        return await self._look_up(device_id) if storable(device_id) else None

    async def device_with_account(self, device_id: str) -> DeviceWithAccount | None:
        return await self._with_account(device_id) if storable(device_id) else None

    async def token_holder(self, device_id: str) -> TokenHolder | None:
        return await self._token_holder(device_id) if storable(device_id) else None

    async def rotate_refresh(self, rotation: Rotation) -> bool:
        return await self._rotate(rotation)
