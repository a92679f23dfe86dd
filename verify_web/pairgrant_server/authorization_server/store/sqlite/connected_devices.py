"""Connected devices in SQLite."""

from operator import attrgetter

from pairgrant_server.authorization_server.model.connected_device import Rotation
from pairgrant_server.authorization_server.model.records import ConnectedDevice
from pairgrant_server.authorization_server.model.with_account import RefreshedDevice, TokenHolder
from pairgrant_server.authorization_server.store.sql import rows, statements
from pairgrant_server.authorization_server.store.sql.connected_devices import (
    TOKEN_HOLDER,
    SqlConnectedDevices,
)
from pairgrant_server.authorization_server.store.sqlite.database import SqliteDatabase

_CONNECTED_DEVICE = statements.selection("connected_devices", ConnectedDevice, "WHERE device_id = $1")
_REFRESHED_DEVICE = statements.selection_with_account(
    "connected_devices", rows.REFRESHED_DEVICE_COLUMNS, "WHERE device_id = $1"
)
_TOKEN_HOLDER = f"{TOKEN_HOLDER} WHERE device_id = $1"

_ROTATE_REFRESH = """
UPDATE connected_devices
SET refresh_sequence = $3, refresh_digest = $4, expires_at = $5, rotated_at = $6, last_seen_at = $6,
    replay = $7, address = $8
WHERE device_id = $1 AND refresh_digest = $2 AND revoked_at IS NULL
    AND (confirm_by IS NULL OR confirm_by > $6) AND (remove_at IS NULL OR remove_at > $6)
"""
_rotation_values = attrgetter(*Rotation.__dataclass_fields__)


class SqliteConnectedDevices(SqlConnectedDevices):
    def __init__(self, database: SqliteDatabase) -> None:
        super().__init__(database)
        self._find = database.find
        self._begin_change = database.begin_change

    async def connected_device(self, device_id: str) -> ConnectedDevice | None:
        found = self._find(_CONNECTED_DEVICE, device_id)
        return None if found is None else rows.device_of(found)

    async def refreshed_device(self, device_id: str) -> RefreshedDevice | None:
        found = self._find(_REFRESHED_DEVICE, device_id)
        return None if found is None else rows.refreshed_device_of(found)

    async def token_holder(self, device_id: str) -> TokenHolder | None:
        found = self._find(_TOKEN_HOLDER, device_id)
        return None if found is None else rows.token_holder_of(found)

    async def rotate_refresh(self, rotation: Rotation) -> bool:
        return await self._begin_change(_ROTATE_REFRESH, _rotation_values(rotation))
