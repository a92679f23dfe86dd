"""The history of each connected device: the newest events, added within the changes that they are about."""

from pairgrant_server.authorization_server.model.connected_device import (
    DeviceEvent,
    DeviceEventKind,
)
from pairgrant_server.authorization_server.store.sql import rows, statements
from pairgrant_server.authorization_server.store.sql.database import Statement

MOST = 30
"""Events of one device that are kept."""

EVENTS = statements.selection(
    "device_events", DeviceEvent, f"WHERE device_id = $1 ORDER BY event_id DESC LIMIT {MOST}"
)
_ADD_IF_CONNECTED = """
INSERT INTO device_events (device_id, event_id, at, kind, before, after)
SELECT device_id, $2, $3, $4, $5, $6 FROM connected_devices WHERE device_id = $1
"""
_TRIM = f"""
DELETE FROM device_events WHERE device_id = $1 AND event_id <=
    (SELECT event_id FROM device_events WHERE device_id = $1 ORDER BY event_id DESC LIMIT 1 OFFSET {MOST})
"""  # noqa: S608 - a number of our own
_TRIM_ALL = f"""
DELETE FROM device_events
WHERE device_id IN (SELECT device_id FROM connected_devices WHERE user_id = $1)
    AND event_id <= (
        SELECT event_id FROM device_events AS newer WHERE newer.device_id = device_events.device_id
        ORDER BY event_id DESC LIMIT 1 OFFSET {MOST}
    )
"""  # noqa: S608 - a number of our own

_ASKED = f"""
INSERT INTO device_events (device_id, event_id, at, kind, before, after)
SELECT device_id, $2, $3, '{DeviceEventKind.REMOVAL_ASKED}', '', '' FROM connected_devices
WHERE user_id = $1 AND remove_at = $4 AND revoked_at IS NULL
"""  # noqa: S608 - a name of our own
_UNDONE = f"""
INSERT INTO device_events (device_id, event_id, at, kind, before, after)
SELECT asked.device_id, $2, $3, '{DeviceEventKind.REMOVAL_UNDONE}', '', ''
FROM connected_devices JOIN device_events AS asked ON asked.device_id = connected_devices.device_id
WHERE connected_devices.user_id = $1
    AND connected_devices.remove_at IS NULL AND connected_devices.revoked_at IS NULL
    AND asked.kind = '{DeviceEventKind.REMOVAL_ASKED}'
    AND asked.event_id = (
        SELECT max(event_id) FROM device_events AS latest WHERE latest.device_id = asked.device_id
            AND latest.kind IN ('{DeviceEventKind.REMOVAL_ASKED}', '{DeviceEventKind.REMOVAL_UNDONE}')
    )
"""  # noqa: S608 - names of our own


def added(event: DeviceEvent) -> tuple[Statement, Statement]:
    """Add ``event``, also as the end of a change of its device."""
    return Statement(_ADD_IF_CONNECTED, _values(event)), Statement(_TRIM, (event.device_id,))


def removal_asked(user_id: str, event_id: str, now: float, remove_at: float) -> tuple[Statement, Statement]:
    """Note in the histories of all devices that end at ``remove_at`` that this was asked for."""
    return Statement(_ASKED, (user_id, event_id, now, remove_at)), Statement(_TRIM_ALL, (user_id,))


def removal_undone(user_id: str, event_id: str, now: float) -> tuple[Statement, Statement]:
    """Note it in the histories of all devices whose last removal was undone just now."""
    return Statement(_UNDONE, (user_id, event_id, now)), Statement(_TRIM_ALL, (user_id,))


def _values(event: DeviceEvent) -> tuple[object, ...]:
    return tuple(rows.columns(event).values())
