"""Authorization requests of the code flow (RFC 6749 §4.1), on both engines."""

from pairgrant_server.authorization_server.model.records import (
    AuthorizationDecision,
    AuthorizationGrant,
    ConnectedDevice,
)
from pairgrant_server.authorization_server.store.sql import rows, statements
from pairgrant_server.authorization_server.store.sql.connected_devices import new_device_insertion
from pairgrant_server.authorization_server.store.sql.database import Database, Statement

_AUTHORIZATION = statements.selection("authorization_grants", AuthorizationGrant, "WHERE grant_id = $1")

_DECIDE = """
UPDATE authorization_grants
SET status = $2, user_id = $3, auth_time = $4, scope = $5, code_digest = $6, expires_at = $7
WHERE grant_id = $1 AND status = 'pending' AND expires_at > $8
"""

_REDEEM = """
UPDATE authorization_grants SET status = 'redeemed', redeemed_at = $1, connected_device_id = $2
WHERE grant_id = $3 AND status = 'approved' AND expires_at > $1
"""


class SqlAuthorizationGrants:
    def __init__(self, database: Database) -> None:
        self._database = database

    async def insert_authorization(self, grant: AuthorizationGrant) -> None:
        row = rows.with_scope(grant)
        await self._database.change(statements.insertion("authorization_grants", row), *row.values())

    async def authorization(self, grant_id: bytes) -> AuthorizationGrant | None:
        row = await self._database.row(_AUTHORIZATION, grant_id)
        return None if row is None else rows.authorization_of(row)

    async def decide_authorization(self, decision: AuthorizationDecision, now: float) -> bool:
        return await self._database.change(
            _DECIDE,
            *(decision.grant_id, decision.status, decision.user_id, decision.auth_time),
            *(" ".join(decision.scope), decision.code_digest, decision.expires_at, now),
        )

    async def redeem_authorization(self, grant_id: bytes, device: ConnectedDevice, now: float) -> bool:
        return await self._database.change_all(
            Statement(_REDEEM, (now, device.device_id, grant_id)), new_device_insertion(device)
        )
