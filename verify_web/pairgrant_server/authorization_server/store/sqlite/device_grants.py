"""Device grants (RFC 8628) in SQLite: issued, polled, decided, redeemed."""

import sqlite3

from pairgrant_protocol.device_grant import GrantStatus
from pairgrant_protocol.vocabulary import PairingStage
from pairgrant_server.authorization_server.model.approval_hold import NO_HOLD, ApprovalHold
from pairgrant_server.authorization_server.model.polled_grant import PolledGrant, RedeemedGrant
from pairgrant_server.authorization_server.model.records import ConnectedDevice, DeviceGrant
from pairgrant_server.authorization_server.store.errors import StoreUnavailableError
from pairgrant_server.authorization_server.store.sql import rows, statements
from pairgrant_server.authorization_server.store.sql.connected_devices import new_device_insertion
from pairgrant_server.authorization_server.store.sql.database import Statement
from pairgrant_server.authorization_server.store.sqlite.database import SqliteDatabase, sqlite_text

_STAGES = tuple(PairingStage)
_STATUS = rows.POLLED_GRANT_COLUMNS.index("status")
_APPROVED: str = GrantStatus.APPROVED.value

_COLUMNS, _values = rows.flat(DeviceGrant, without=rows.LATER_GRANT_COLUMNS)
_INSERT_GRANT = statements.insertion_unless_taken("device_grants", _COLUMNS, "user_code_digest")
_GRANT = statements.selection("device_grants", DeviceGrant, "WHERE grant_id = $1")
_REDEEMED_GRANT = statements.selection("device_grants", RedeemedGrant, "WHERE grant_id = $1")
_APPROVED_GRANT = sqlite_text(
    statements.selection_with_account("device_grants", rows.APPROVED_GRANT_COLUMNS, "WHERE grant_id = $1")
)
_POLLED_GRANT = sqlite_text(
    f"SELECT {statements.names(rows.POLLED_GRANT_COLUMNS)} FROM device_grants WHERE grant_id = $1"  # noqa: S608 - names of our own columns
)
_GRANT_BY_USER_CODE = statements.selection("device_grants", DeviceGrant, "WHERE user_code_digest = $1")

_DECIDE_GRANT = """
UPDATE device_grants SET status = $2, user_id = $3, auth_time = $4, scope = coalesce($6, scope),
    held_until = $7, confirm_within = $8, connection_lifetime = $9
WHERE grant_id = $1 AND status = 'pending' AND expires_at > $5
"""

_REDEEM_GRANT = """
UPDATE device_grants SET status = 'redeemed', redeemed_at = $4, connected_device_id = $2, replay = $3
WHERE grant_id = $1 AND status = 'approved' AND expires_at > $4
    AND (held_until IS NULL OR held_until <= $4)
    AND EXISTS (SELECT 1 FROM users WHERE user_id = device_grants.user_id AND NOT locked)
"""

_ADVANCE_STAGE = """
UPDATE device_grants SET stage = $2
WHERE grant_id = $1 AND status = 'pending' AND instr(' ' || $3 || ' ', ' ' || stage || ' ')
"""


class SqliteDeviceGrants:
    def __init__(self, database: SqliteDatabase) -> None:
        self._database = database
        self._find = database.find
        self._begin_change = database.begin_change
        polling = database.reader.cursor()
        polling.row_factory = None
        self._poll = polling.execute
        self._join_turn = database.turns.join

    async def insert_grant(self, grant: DeviceGrant) -> bool:
        return await self._begin_change(_INSERT_GRANT, _values(grant))

    async def grant(self, grant_id: bytes) -> DeviceGrant | None:
        found = self._find(_GRANT, grant_id)
        return None if found is None else rows.grant_of(found)

    async def polled_grant(self, grant_id: bytes) -> PolledGrant | None:
        try:
            self._join_turn()
            row = self._poll(_POLLED_GRANT, (grant_id,)).fetchone()
            if row is None or row[_STATUS] != _APPROVED:
                return None if row is None else rows.polled_grant_of(row)
            # Nearly every poll finds a pending grant, and each column more costs it a twentieth of its read.
            approved = self._poll(_APPROVED_GRANT, (grant_id,)).fetchone()
        except sqlite3.Error as error:
            raise StoreUnavailableError(str(error)) from error
        return None if approved is None else rows.polled_grant_of(row, rows.approved_grant_of(approved))

    async def redeemed_grant(self, grant_id: bytes) -> RedeemedGrant | None:
        found = self._find(_REDEEMED_GRANT, grant_id)
        return None if found is None else RedeemedGrant(*found)

    async def grant_by_user_code(self, user_code_digest: bytes) -> DeviceGrant | None:
        found = self._find(_GRANT_BY_USER_CODE, user_code_digest)
        return None if found is None else rows.grant_of(found)

    async def decide_grant(
        self,
        grant_id: bytes,
        status: GrantStatus,
        user_id: str,
        auth_time: float,
        now: float,
        *,
        scope: tuple[str, ...] | None = None,
        hold: ApprovalHold = NO_HOLD,
    ) -> bool:
        approved = None if scope is None else " ".join(scope)
        values = (grant_id, status, user_id, auth_time, now, approved, *hold)
        return await self._begin_change(_DECIDE_GRANT, values)

    async def redeem_grant(self, grant_id: bytes, device: ConnectedDevice, replay: bytes, now: float) -> bool:
        redemption = Statement(_REDEEM_GRANT, (grant_id, device.device_id, replay, now))
        return await self._database.change_and_follow(redemption, new_device_insertion(device))

    async def cancel_grant(self, grant_id: bytes, now: float) -> bool:
        cancellation = Statement(statements.CANCEL_GRANT, (grant_id, now))
        (won,) = await self._database.change_together(cancellation, grant_id=grant_id)
        return won

    async def use_grant_replay(self, grant_id: bytes) -> bool:
        return await self._database.change(statements.USE_GRANT_REPLAY, grant_id)

    async def set_grant_interval(self, grant_id: bytes, interval: int) -> None:
        await self._database.change(statements.RAISE_INTERVAL, grant_id, interval)

    async def set_grant_stage(self, grant_id: bytes, stage: PairingStage) -> None:
        earlier = " ".join(_STAGES[: _STAGES.index(stage)])
        await self._database.change(_ADVANCE_STAGE, grant_id, stage, earlier)
