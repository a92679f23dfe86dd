"""Pages of a person's connected devices, searched and sorted by the database, on both engines."""
# ruff: noqa: S608 - columns are named in this package; values are always placeholders

from collections.abc import Sequence
from itertools import islice

from pairgrant_server.authorization_server.model.connected_device import (
    DeviceEvent,
    DeviceGroup,
    DeviceOrder,
    DevicePage,
    DeviceQuery,
    ListedDevice,
)
from pairgrant_server.authorization_server.model.device_kind import DeviceKind
from pairgrant_server.authorization_server.model.records import ConnectedDevice
from pairgrant_server.authorization_server.store.interface.device_lists import DeviceOrigin
from pairgrant_server.authorization_server.store.sql import device_events, rows
from pairgrant_server.authorization_server.store.sql.connected_devices import LIVE
from pairgrant_server.authorization_server.store.sql.database import Database

_MOST_ORIGINS = 1000
_FIELDS = ConnectedDevice.__dataclass_fields__
_DEVICE_COLUMNS = ", ".join(f"devices.{column}" for column in _FIELDS)
_PAGE_COLUMNS = ", ".join(f"page.{column}" for column in _FIELDS)
_LIVE = "user_id = $1 AND " + LIVE.format(now="$2")

_ORDERS = {
    DeviceOrder.SEEN: "devices.last_seen_at DESC",
    DeviceOrder.SINCE: "devices.created_at DESC",
    DeviceOrder.NAME: "lower(coalesce(devices.given_name, devices.name))",
}
_KINDS = " ".join(f"WHEN '{kind}' THEN {place}" for place, kind in enumerate(DeviceKind))
_GROUPS = {
    DeviceGroup.NONE: (),
    DeviceGroup.CLIENT: ("lower(clients.name)", "devices.client_id"),
    DeviceGroup.KIND: (f"CASE devices.kind {_KINDS} END",),
}
_FOUND = """
    lower(devices.name) LIKE $5 ESCAPE '!'
    OR lower(coalesce(devices.given_name, '')) LIKE $5 ESCAPE '!'
    OR lower(coalesce(device_keys.name, '')) LIKE $5 ESCAPE '!'
"""
_ORIGINS = (
    f"SELECT DISTINCT client_id, address FROM connected_devices WHERE {_LIVE}"
    f" ORDER BY client_id, address LIMIT {_MOST_ORIGINS}"
)


class SqlDeviceLists:
    def __init__(self, database: Database) -> None:
        self._database = database

    async def device_page(self, user_id: str, query: DeviceQuery, now: float) -> DevicePage:
        values = [user_id, now, query.limit, query.offset]
        if query.words:
            values += [_pattern(query.words), *query.client_ids, *query.addresses]
        found = await self._database.rows(_page(query), *values)
        (first, *_) = found
        return DevicePage(
            devices=tuple(_listed(row) for row in found if row["device_id"] is not None),
            total=first["total"] or 0,
            connected=first["connected"],
            removing=first["removing"],
            newest_at=first["newest_at"],
        )

    async def device_origins(self, user_id: str, now: float) -> Sequence[DeviceOrigin]:
        found = await self._database.rows(_ORIGINS, user_id, now)
        return [DeviceOrigin(row["client_id"], row["address"]) for row in found]

    async def add_device_event(self, event: DeviceEvent) -> None:
        await self._database.change_together(*device_events.added(event))

    async def device_events(self, device_id: str) -> Sequence[DeviceEvent]:
        found = await self._database.rows(device_events.EVENTS, device_id)
        return [rows.device_event_of(row) for row in found]


def _listed(row: rows.Row) -> ListedDevice:
    """The device's columns come first."""
    return ListedDevice(rows.device_of(islice(row, len(_FIELDS))), row["enrolled_name"])


def _page(query: DeviceQuery) -> str:
    """One statement for all of it, because it runs every two seconds for each page that is open."""
    order = ", ".join([*_GROUPS[query.group], _ORDERS[query.order], "devices.device_id DESC"])
    found = f" AND ({_found(query)})" if query.words else ""
    return f"""
    SELECT {_PAGE_COLUMNS}, enrolled_name, total, connected, removing, newest_at FROM (
        SELECT count(*) AS connected, count(remove_at) AS removing, max(created_at) AS newest_at
        FROM connected_devices WHERE {_LIVE}
    ) AS summary LEFT JOIN (
        SELECT {_DEVICE_COLUMNS}, device_keys.name AS enrolled_name,
            count(*) OVER () AS total, row_number() OVER (ORDER BY {order}) AS place
        FROM connected_devices AS devices
        JOIN clients ON clients.client_id = devices.client_id
        LEFT JOIN device_keys
            ON device_keys.client_id = devices.client_id AND device_keys.dpop_jkt = devices.dpop_jkt
        WHERE {_LIVE}{found} ORDER BY place LIMIT $3 OFFSET $4
    ) AS page ON TRUE ORDER BY place
    """


def _found(query: DeviceQuery) -> str:
    """The condition of a search; its first value is $5, followed by the clients and the addresses."""
    first = 6
    conditions = [_FOUND]
    for column, wanted in (("client_id", query.client_ids), ("address", query.addresses)):
        if wanted:
            places = ", ".join(f"${number}" for number in range(first, first + len(wanted)))
            conditions.append(f"devices.{column} IN ({places})")
            first += len(wanted)
    return " OR ".join(conditions)


def _pattern(words: str) -> str:
    """For LIKE: anywhere in a text; what the person typed has no wildcards."""
    escaped = words.lower()
    for special in ("!", "%", "_"):
        escaped = escaped.replace(special, f"!{special}")
    return f"%{escaped}%"
