"""Device grants (RFC 8628) in PostgreSQL: issued, polled, decided, redeemed."""
# ruff: noqa: S608 - tables, columns and types are named in this package; values are always parameters

import asyncpg
import orjson

from pairgrant_protocol.device_grant import GrantStatus
from pairgrant_protocol.vocabulary import PairingStage
from pairgrant_server.authorization_server.model.approval_hold import NO_HOLD, ApprovalHold
from pairgrant_server.authorization_server.model.polled_grant import PolledGrant, RedeemedGrant
from pairgrant_server.authorization_server.model.records import ConnectedDevice, DeviceGrant
from pairgrant_server.authorization_server.store.postgresql.database import PostgresqlDatabase
from pairgrant_server.authorization_server.store.postgresql.listener import GRANTS_CHANNEL
from pairgrant_server.authorization_server.store.sql import rows, statements
from pairgrant_server.authorization_server.store.sql.database import Statement
from pairgrant_server.authorization_server.store.sql.statements import (
    columns_of,
    insertion,
    names,
    places,
    selection,
)

_STAGES = tuple(PairingStage)

_COLUMNS, _values = rows.flat(DeviceGrant, without=rows.LATER_GRANT_COLUMNS)
_DEVICE_COLUMNS, _device_values = rows.flat(ConnectedDevice, without=rows.LATER_DEVICE_COLUMNS)

GRANTS_BY_ID = selection("device_grants", DeviceGrant, "WHERE grant_id = ANY($1::bytea[])")
REDEEMED_GRANTS_BY_ID = f"""
SELECT {columns_of(RedeemedGrant)}, grant_id FROM device_grants WHERE grant_id = ANY($1::bytea[])
"""
POLLED_GRANTS_BY_ID = f"""
SELECT {names(rows.POLLED_GRANT_COLUMNS)}, CASE status WHEN 'approved' THEN json_build_array(
    {names(rows.APPROVED_GRANT_COLUMNS)}, (SELECT locked FROM users WHERE user_id = device_grants.user_id)
) END AS approved, grant_id
FROM device_grants WHERE grant_id = ANY($1::bytea[])
"""
"""What only an approved grant needs is one column, so that a pending one, which nearly every poll finds,
costs no more to read.
"""
GRANTS_BY_USER_CODE = selection("device_grants", DeviceGrant, "WHERE user_code_digest = ANY($1::bytea[])")

INSERT_GRANT = f"{insertion('device_grants', _COLUMNS)} ON CONFLICT DO NOTHING RETURNING grant_id AS won"

DECIDE_GRANT = f"""
WITH decided AS (
    UPDATE device_grants SET status = $2, user_id = $3, auth_time = $4, scope = coalesce($6, scope),
        held_until = $7, confirm_within = $8, connection_lifetime = $9
    WHERE grant_id = $1 AND status = 'pending' AND expires_at > $5
    RETURNING grant_id
)
SELECT grant_id AS won, pg_notify('{GRANTS_CHANNEL}', encode(grant_id, 'hex')) FROM decided
"""

REDEEM_GRANT = f"""
WITH redeemed AS (
    UPDATE device_grants SET status = 'redeemed', redeemed_at = $3, replay = $2, connected_device_id = $4
    WHERE grant_id = $1 AND status = 'approved' AND expires_at > $3
        AND (held_until IS NULL OR held_until <= $3)
        AND EXISTS (SELECT 1 FROM users WHERE user_id = device_grants.user_id AND NOT locked)
    RETURNING grant_id
), connected AS (
    INSERT INTO connected_devices ({names(_DEVICE_COLUMNS)})
    SELECT {places(_DEVICE_COLUMNS, first=4)} FROM redeemed
)
SELECT grant_id AS won FROM redeemed
"""
"""``$4`` and the following are the columns of the connected device; its id is the first."""

ADVANCE_STAGE = f"""
WITH advanced AS (
    UPDATE device_grants SET stage = $2 WHERE grant_id = $1 AND status = 'pending' AND stage = ANY($3::text[])
    RETURNING grant_id
)
SELECT pg_notify('{GRANTS_CHANNEL}', encode(grant_id, 'hex')) FROM advanced
"""


def _polled_grant_of(row: asyncpg.Record) -> PolledGrant:
    """``row``: ``POLLED_GRANT_COLUMNS``, the approved grant as JSON or NULL, and the key."""
    *polled, approved, _ = row
    return rows.polled_grant_of(polled, approved and rows.approved_grant_of(orjson.loads(approved)))


class PostgresqlDeviceGrants:
    def __init__(self, database: PostgresqlDatabase) -> None:
        self._database = database
        hot_calls = database.hot_calls
        self._insert = hot_calls.compare_and_set(INSERT_GRANT)
        self._look_up = hot_calls.look_up(GRANTS_BY_ID, "grant_id", rows.grant_of, bytes)
        self._by_user_code = hot_calls.look_up(GRANTS_BY_USER_CODE, "user_code_digest", rows.grant_of, bytes)
        self._poll = hot_calls.look_up(POLLED_GRANTS_BY_ID, "grant_id", _polled_grant_of, bytes)
        self._redeemed = hot_calls.look_up(
            REDEEMED_GRANTS_BY_ID, "grant_id", lambda row: RedeemedGrant(*row[:-1]), bytes
        )
        self._decide = hot_calls.compare_and_set(DECIDE_GRANT)
        self._redeem = hot_calls.compare_and_set(REDEEM_GRANT)

    async def insert_grant(self, grant: DeviceGrant) -> bool:
        return await self._insert(_values(grant))

    async def grant(self, grant_id: bytes) -> DeviceGrant | None:
        return await self._look_up(grant_id)

    async def polled_grant(self, grant_id: bytes) -> PolledGrant | None:
        return await self._poll(grant_id)

    async def redeemed_grant(self, grant_id: bytes) -> RedeemedGrant | None:
        return await self._redeemed(grant_id)

    async def grant_by_user_code(self, user_code_digest: bytes) -> DeviceGrant | None:
        return await self._by_user_code(user_code_digest)

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
        return await self._decide((grant_id, status, user_id, auth_time, now, approved, *hold))

    async def redeem_grant(self, grant_id: bytes, device: ConnectedDevice, replay: bytes, now: float) -> bool:
        return await self._redeem((grant_id, replay, now, *_device_values(device)))

    async def cancel_grant(self, grant_id: bytes, now: float) -> bool:
        cancellation = Statement(statements.CANCEL_GRANT, (grant_id, now))
        (won,) = await self._database.change_together(cancellation, grant_id=grant_id)
        return won

    async def use_grant_replay(self, grant_id: bytes) -> bool:
        return await self._database.change(statements.USE_GRANT_REPLAY, grant_id)

    async def set_grant_interval(self, grant_id: bytes, interval: int) -> None:
        await self._database.change(statements.RAISE_INTERVAL, grant_id, interval)

    async def set_grant_stage(self, grant_id: bytes, stage: PairingStage) -> None:
        earlier = _STAGES[: _STAGES.index(stage)]
        await self._database.writing.change(ADVANCE_STAGE, grant_id, stage, earlier)
