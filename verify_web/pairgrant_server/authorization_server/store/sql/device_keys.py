"""Enrolled keys of devices, on both engines."""

from collections.abc import Sequence

from pairgrant_server.authorization_server.model.risk_records import DeviceKey
from pairgrant_server.authorization_server.store.sql import rows, statements
from pairgrant_server.authorization_server.store.sql.database import Database

_PUT = statements.replacement("device_keys", DeviceKey.__dataclass_fields__, "client_id, dpop_jkt")
_KEY = statements.selection("device_keys", DeviceKey, "WHERE client_id = $1 AND dpop_jkt = $2")
_KEYS = statements.selection("device_keys", DeviceKey, "ORDER BY client_id, name, dpop_jkt")


class SqlDeviceKeys:
    def __init__(self, database: Database) -> None:
        self._database = database

    async def put_device_key(self, key: DeviceKey) -> None:
        await self._database.change(_PUT, *rows.columns(key).values())

    async def device_key(self, client_id: str, dpop_jkt: str) -> DeviceKey | None:
        row = await self._database.row(_KEY, client_id, dpop_jkt)
        return None if row is None else rows.record_of(DeviceKey, row)

    async def device_keys(self) -> Sequence[DeviceKey]:
        return [rows.record_of(DeviceKey, row) for row in await self._database.rows(_KEYS)]

    async def remove_device_key(self, client_id: str, dpop_jkt: str) -> bool:
        return await self._database.change_by_key(
            "DELETE FROM device_keys WHERE client_id = $1 AND dpop_jkt = $2", client_id, dpop_jkt
        )
