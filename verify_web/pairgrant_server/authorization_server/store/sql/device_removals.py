"""Removal of connected devices by their person, with an undo before it takes effect, on both engines."""
# ruff: noqa: S608 - conditions of this file; values are always placeholders

from collections.abc import Sequence

from pairgrant_protocol.sign_in_end import EndedBy
from pairgrant_server.authorization_server.model.connected_device import DeviceEvent, DeviceEventKind
from pairgrant_server.authorization_server.model.records import ConnectedDevice
from pairgrant_server.authorization_server.store.sql import device_events, rows, statements
from pairgrant_server.authorization_server.store.sql.connected_devices import LIVE
from pairgrant_server.authorization_server.store.sql.database import Database, Statement

_ASK_ALL = (
    "UPDATE connected_devices SET remove_at = $2 WHERE user_id = $1"
    f" AND {LIVE.format(now='$3')} AND (remove_at IS NULL OR remove_at > $2)"
)
_UNDO_ALL = (
    "UPDATE connected_devices SET remove_at = NULL"
    " WHERE user_id = $1 AND revoked_at IS NULL AND remove_at > $2"
)
_REMOVED = (
    "SELECT device_id FROM connected_devices"
    " WHERE user_id = $1 AND remove_at > $2 AND remove_at <= $3 LIMIT 1"
)
_DUE = statements.selection(
    "connected_devices",
    ConnectedDevice,
    "WHERE remove_at <= $1 AND revoked_at IS NULL ORDER BY remove_at LIMIT 100",
)
_FINISH = (
    f"UPDATE connected_devices SET revoked_at = remove_at, ended_by = '{EndedBy.USER}',"
    " refresh_digest = NULL, replay = NULL"
    " WHERE device_id = $1 AND remove_at = $2 AND revoked_at IS NULL"
)
_FORGET_CONSENT = "DELETE FROM consents WHERE user_id = $1 AND client_id = $2 AND granted_at <= $3"
_RENAME = (
    "UPDATE connected_devices SET given_name = $3 WHERE device_id = $1 AND user_id = $2"
    f" AND coalesce(given_name, '') = $4 AND {LIVE.format(now='$5')}"
)


class SqlDeviceRemovals:
    def __init__(self, database: Database) -> None:
        self._database = database

    async def ask_removal(
        self, user_id: str, device_id: str | None, remove_at: float, now: float, event_id: str
    ) -> bool:
        if device_id is None:
            change = Statement(_ASK_ALL, (user_id, remove_at, now))
            history = device_events.removal_asked(user_id, event_id, now, remove_at)
        else:
            change = Statement(f"{_ASK_ALL} AND device_id = $4", (user_id, remove_at, now, device_id))
            event = DeviceEvent(device_id, event_id, now, DeviceEventKind.REMOVAL_ASKED)
            history = device_events.added(event)
        return await self._database.change_and_follow(change, *history)

    async def undo_removal(self, user_id: str, device_id: str | None, now: float, event_id: str) -> bool:
        if device_id is None:
            change = Statement(_UNDO_ALL, (user_id, now))
            history = device_events.removal_undone(user_id, event_id, now)
        else:
            change = Statement(f"{_UNDO_ALL} AND device_id = $3", (user_id, now, device_id))
            event = DeviceEvent(device_id, event_id, now, DeviceEventKind.REMOVAL_UNDONE)
            history = device_events.added(event)
        return await self._database.change_and_follow(change, *history)

    async def has_removed(self, user_id: str, since: float, now: float) -> bool:
        return bool(await self._database.rows(_REMOVED, user_id, since, now))

    async def due_removals(self, now: float) -> Sequence[ConnectedDevice]:
        return [rows.device_of(row) for row in await self._database.rows(_DUE, now)]

    async def finish_removal(self, device: ConnectedDevice) -> bool:
        return await self._database.change_and_follow(
            Statement(_FINISH, (device.device_id, device.remove_at)),
            Statement(_FORGET_CONSENT, (device.user_id, device.client_id, device.remove_at)),
        )

    async def rename_device(self, event: DeviceEvent, user_id: str, now: float) -> bool:
        values = (event.device_id, user_id, event.after or None, event.before, now)
        return await self._database.change_and_follow(Statement(_RENAME, values), *device_events.added(event))
