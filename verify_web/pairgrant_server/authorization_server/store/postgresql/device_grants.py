"""Device grants (RFC 8628) in PostgreSQL: issued, polled, decided, redeemed."""
# ruff: noqa: S608 - tables, columns and types are named in this package; values are always parameters

from operator import attrgetter
from typing import Any, NamedTuple

from pairgrant_protocol.device_grant import GrantStatus
from pairgrant_protocol.vocabulary import PairingStage
from pairgrant_server.authorization_server.model.approval_hold import NO_HOLD, ApprovalHold
from pairgrant_server.authorization_server.model.polled_grant import PolledGrant
from pairgrant_server.authorization_server.model.records import ConnectedDevice, DeviceGrant
from pairgrant_server.authorization_server.model.with_account import GrantWithAccount
from pairgrant_server.authorization_server.store.postgresql.coalescing import Batches
from pairgrant_server.authorization_server.store.postgresql.connected_devices import DEVICE_COLUMNS
from pairgrant_server.authorization_server.store.postgresql.database import PostgresqlDatabase
from pairgrant_server.authorization_server.store.postgresql.statements import (
    GRANTS_CHANNEL,
    columns_and_types,
    given,
)
from pairgrant_server.authorization_server.store.sql import rows, statements
from pairgrant_server.authorization_server.store.sql.connected_devices import device_insertion
from pairgrant_server.authorization_server.store.sql.database import Statement
from pairgrant_server.authorization_server.store.sql.statements import (
    names,
    selection,
    selection_with_account,
)

_STAGES = tuple(PairingStage)

_NAMES, _values = rows.flat(DeviceGrant)
GRANT_COLUMNS = columns_and_types(DeviceGrant, _NAMES)
_DECISION_COLUMNS = {
    "grant_id": "bytea",
    "status": "text",
    "user_id": "text",
    "auth_time": "float8",
    "now": "float8",
    "scope": "text",
    "held_until": "float8",
    "confirm_within": "bigint",
    "connection_lifetime": "bigint",
}
_REDEMPTION_COLUMNS = {**DEVICE_COLUMNS, "grant_id": "bytea", "grant_replay": "bytea", "now": "float8"}

GRANTS_BY_ID = selection("device_grants", DeviceGrant, "WHERE grant_id = ANY($1::bytea[])")
GRANTS_WITH_ACCOUNT = selection_with_account(
    "device_grants", DeviceGrant, "WHERE grant_id = ANY($1::bytea[])"
)
POLLED_GRANTS_BY_ID = f"""
SELECT {names(PolledGrant._fields)}, grant_id FROM device_grants WHERE grant_id = ANY($1::bytea[])
"""
GRANTS_BY_USER_CODE = selection("device_grants", DeviceGrant, "WHERE user_code_digest = ANY($1::bytea[])")

INSERT_GRANTS = f"""
INSERT INTO device_grants ({names(GRANT_COLUMNS)})
SELECT {names(GRANT_COLUMNS)} FROM {given(GRANT_COLUMNS)}
ON CONFLICT DO NOTHING RETURNING grant_id AS won
"""

DECIDE_GRANTS = f"""
WITH decided AS (
    UPDATE device_grants SET status = given.status, user_id = given.user_id, auth_time = given.auth_time,
        scope = coalesce(given.scope, device_grants.scope), held_until = given.held_until,
        confirm_within = given.confirm_within, connection_lifetime = given.connection_lifetime
    FROM {given(_DECISION_COLUMNS)}
    WHERE device_grants.grant_id = given.grant_id AND device_grants.status = 'pending'
        AND device_grants.expires_at > given.now
    RETURNING device_grants.grant_id
)
SELECT grant_id AS won, pg_notify('{GRANTS_CHANNEL}', encode(grant_id, 'hex')) FROM decided
"""

REDEEM_GRANTS = f"""
WITH redeemed AS (
    UPDATE device_grants SET status = 'redeemed', redeemed_at = given.now,
        connected_device_id = given.device_id, replay = given.grant_replay
    FROM {given(_REDEMPTION_COLUMNS)}
    WHERE device_grants.grant_id = given.grant_id AND device_grants.status = 'approved'
        AND device_grants.expires_at > given.now
        AND (device_grants.held_until IS NULL OR device_grants.held_until <= given.now)
    RETURNING given.*
), connected AS (
    INSERT INTO connected_devices ({names(DEVICE_COLUMNS)}) SELECT {names(DEVICE_COLUMNS)} FROM redeemed
)
SELECT grant_id AS won FROM redeemed
"""

ADVANCE_STAGE = f"""
WITH advanced AS (
    UPDATE device_grants SET stage = $2 WHERE grant_id = $1 AND status = 'pending' AND stage = ANY($3::text[])
    RETURNING grant_id
)
SELECT pg_notify('{GRANTS_CHANNEL}', encode(grant_id, 'hex')) FROM advanced
"""


class _Decision(NamedTuple):
    """The values in the order of ``_DECISION_COLUMNS``."""

    grant_id: bytes
    status: GrantStatus
    user_id: str
    auth_time: float
    now: float
    scope: str | None
    held_until: float | None
    confirm_within: int | None
    connection_lifetime: int | None


class _Redemption(NamedTuple):
    grant_id: bytes
    device: ConnectedDevice
    replay: bytes
    now: float


def _redemption_values(redemption: _Redemption) -> tuple[Any, ...]:
    """The values in the order of ``_REDEMPTION_COLUMNS``."""
    device = device_insertion(redemption.device).values
    return (*device, redemption.grant_id, redemption.replay, redemption.now)


class PostgresqlDeviceGrants:
    def __init__(self, database: PostgresqlDatabase) -> None:
        self._database = database
        hot_calls = database.hot_calls
        self._insert = hot_calls.compare_and_set(INSERT_GRANTS, attrgetter("grant_id"), _values)
        self._look_up = hot_calls.look_up(GRANTS_BY_ID, "grant_id", rows.grant_of, bytes)
        self._by_user_code = hot_calls.look_up(GRANTS_BY_USER_CODE, "user_code_digest", rows.grant_of, bytes)
        self._with_account = hot_calls.look_up(
            GRANTS_WITH_ACCOUNT, "grant_id", rows.grant_with_account_of, bytes
        )
        self._poll = hot_calls.look_up(
            POLLED_GRANTS_BY_ID, "grant_id", lambda row: rows.polled_grant_of(row[:-1]), bytes
        )
        self._decide: Batches[_Decision, bool] = hot_calls.compare_and_set(
            DECIDE_GRANTS, attrgetter("grant_id"), tuple
        )
        self._redeem: Batches[_Redemption, bool] = hot_calls.compare_and_set(
            REDEEM_GRANTS, attrgetter("grant_id"), _redemption_values
        )

    async def insert_grant(self, grant: DeviceGrant) -> bool:
        return await self._insert(grant)

    async def grant(self, grant_id: bytes) -> DeviceGrant | None:
        return await self._look_up(grant_id)

    async def grant_with_account(self, grant_id: bytes) -> GrantWithAccount | None:
        return await self._with_account(grant_id)

    async def polled_grant(self, grant_id: bytes) -> PolledGrant | None:
        return await self._poll(grant_id)

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
        return await self._decide(_Decision(grant_id, status, user_id, auth_time, now, approved, *hold))

    async def redeem_grant(self, grant_id: bytes, device: ConnectedDevice, replay: bytes, now: float) -> bool:
        return await self._redeem(_Redemption(grant_id, device, replay, now))

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
