"""Connected devices: the methods that are the same SQL on both engines."""

from collections.abc import Sequence

from pairgrant_protocol.sign_in_end import EndedBy
from pairgrant_server.authorization_server.model.records import ConnectedDevice
from pairgrant_server.authorization_server.store.errors import UnstorableError
from pairgrant_server.authorization_server.store.sql import rows, statements
from pairgrant_server.authorization_server.store.sql.database import Database, Statement

LIVE = (
    "revoked_at IS NULL AND expires_at > {now}"
    " AND (confirm_by IS NULL OR confirm_by > {now}) AND (remove_at IS NULL OR remove_at > {now})"
)
"""The condition for a device that has neither ended nor expired; ``now`` is a placeholder."""

TOKEN_HOLDER = (
    "SELECT device_id, username, locked, expires_at, revoked_at, confirm_by, remove_at"
    " FROM connected_devices JOIN users USING (user_id)"
)
"""The columns in the order of ``TokenHolder``; a condition on ``device_id`` follows."""

_COLUMNS, _values = rows.flat(ConnectedDevice)
_INSERT_DEVICE = statements.insertion("connected_devices", _COLUMNS)
_NEW_COLUMNS, _new_values = rows.flat(ConnectedDevice, without=rows.LATER_DEVICE_COLUMNS)
_INSERT_NEW_DEVICE = statements.insertion("connected_devices", _NEW_COLUMNS)
_CONNECTED_DEVICES_OF_USER = statements.selection(
    "connected_devices",
    ConnectedDevice,
    f"WHERE user_id = $1 AND {LIVE.format(now='$2')} ORDER BY created_at DESC",
)
_EARLIER_CONNECTIONS = statements.selection(
    "connected_devices",
    ConnectedDevice,
    "WHERE user_id = $1 AND client_id = $2 ORDER BY created_at DESC LIMIT 100",
)
_UNCONFIRMED_DEVICES = statements.selection(
    "connected_devices",
    ConnectedDevice,
    "WHERE confirm_by <= $1 AND revoked_at IS NULL ORDER BY confirm_by LIMIT 100",
)
_CONFIRM_DEVICE = (
    "UPDATE connected_devices SET confirm_by = NULL"
    " WHERE device_id = $1 AND user_id = $2 AND revoked_at IS NULL AND confirm_by > $3"
    " AND (remove_at IS NULL OR remove_at > $3)"
)
_DEVICE_WITH_KEY = (
    "SELECT device_id FROM connected_devices"  # noqa: S608 - a condition of ours
    f" WHERE dpop_jkt = $1 AND client_id = $2 AND {LIVE.format(now='$3')} LIMIT 1"
)

_REVOKE = "UPDATE connected_devices SET revoked_at = $1, ended_by = $3, refresh_digest = NULL, replay = NULL"
_FORGET_CONSENT_OF_REMOVED = """
DELETE FROM consents WHERE EXISTS (
    SELECT 1 FROM connected_devices AS removed WHERE removed.device_id = $1
        AND removed.user_id = consents.user_id AND removed.client_id = consents.client_id
        AND removed.remove_at >= consents.granted_at
)
"""
_DENIALS = tuple(
    f"UPDATE {grants} SET status = 'denied' WHERE user_id = $1 AND status = 'approved'"  # noqa: S608 - names of ours
    for grants in ("device_grants", "authorization_grants")
)


def new_device_insertion(device: ConnectedDevice) -> Statement:
    """The part of the change that redeems a grant."""
    return Statement(_INSERT_NEW_DEVICE, _new_values(device))


def ends_of_connections(user_id: str, now: float) -> Sequence[Statement]:
    """Revoke all devices of the user for the operator, and deny what was approved and is not redeemed.

    The grants end first: a redemption that runs meanwhile has either added its device for the last statement
    to find, or finds its grant denied.
    """
    return (
        *(Statement(text, (user_id,)) for text in _DENIALS),
        Statement(
            f"{_REVOKE} WHERE user_id = $2 AND revoked_at IS NULL",
            (now, user_id, EndedBy.OPERATOR.value),
        ),
    )


class SqlConnectedDevices:
    def __init__(self, database: Database) -> None:
        self._database = database

    async def add_connected_device(self, device: ConnectedDevice) -> None:
        await self._database.change(_INSERT_DEVICE, *_values(device))

    async def connected_devices(self, user_id: str, now: float) -> Sequence[ConnectedDevice]:
        found = await self._database.rows(_CONNECTED_DEVICES_OF_USER, user_id, now)
        return [rows.device_of(row) for row in found]

    async def earlier_connections(self, user_id: str, client_id: str) -> Sequence[ConnectedDevice]:
        found = await self._database.rows(_EARLIER_CONNECTIONS, user_id, client_id)
        return [rows.device_of(row) for row in found]

    async def confirm_device(self, device_id: str, user_id: str, now: float) -> bool:
        return await self._database.change_by_key(_CONFIRM_DEVICE, device_id, user_id, now)

    async def unconfirmed_devices(self, now: float) -> Sequence[ConnectedDevice]:
        return [rows.device_of(row) for row in await self._database.rows(_UNCONFIRMED_DEVICES, now)]

    async def use_refresh_replay(self, device_id: str, refresh_sequence: int) -> bool:
        return await self._database.change_by_key(
            "UPDATE connected_devices SET replay = NULL"
            " WHERE device_id = $1 AND refresh_sequence = $2 AND replay IS NOT NULL AND revoked_at IS NULL",
            *(device_id, refresh_sequence),
        )

    async def has_device_with_key(self, client_id: str, dpop_jkt: str, now: float) -> bool:
        return bool(await self._database.rows(_DEVICE_WITH_KEY, dpop_jkt, client_id, now))

    async def revoke_device(self, device_id: str, now: float, ended_by: EndedBy) -> bool:
        try:
            return await self._database.change_and_follow(
                Statement(
                    f"{_REVOKE} WHERE device_id = $2 AND revoked_at IS NULL",
                    (now, device_id, ended_by.value),
                ),
                Statement(_FORGET_CONSENT_OF_REMOVED, (device_id,)),
            )
        except UnstorableError:
            return False
