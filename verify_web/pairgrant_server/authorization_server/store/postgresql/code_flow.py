"""The authorization code flow in PostgreSQL, and what may be used once: requests, consents, identifiers, access to register."""

from collections.abc import Sequence

from pairgrant_server.authorization_server.model.records import (
    AuthorizationDecision,
    AuthorizationGrant,
    ConnectedDevice,
    Consent,
    InitialAccessToken,
)
from pairgrant_server.authorization_server.store import rows
from pairgrant_server.authorization_server.store.postgresql import statements as sql
from pairgrant_server.authorization_server.store.postgresql.errors import storable
from pairgrant_server.authorization_server.store.postgresql.rows import PostgresqlRows
from pairgrant_server.authorization_server.store.postgresql.server import Connection


class PostgresqlAuthorizations(PostgresqlRows):
    async def insert_authorization(self, grant: AuthorizationGrant) -> None:
        row = rows.with_scope(grant)
        await self._change(sql.insertion("authorization_grants", row), *row.values())

    async def authorization(self, grant_id: bytes) -> AuthorizationGrant | None:
        found = await self._found(sql.AUTHORIZATION, grant_id)
        return rows.authorization_of(found[0]) if found else None

    async def decide_authorization(self, decision: AuthorizationDecision, now: float) -> bool:
        return await self._change(
            "UPDATE authorization_grants SET status = $2, user_id = $3, auth_time = $4, scope = $5,"
            " code_digest = $6, expires_at = $7"
            " WHERE grant_id = $1 AND status = 'pending' AND expires_at > $8",
            *(decision.grant_id, decision.status, decision.user_id, decision.auth_time),
            *(" ".join(decision.scope), decision.code_digest, decision.expires_at, now),
        )

    async def redeem_authorization(self, grant_id: bytes, device: ConnectedDevice, now: float) -> bool:
        row = rows.with_scope(device)

        async def steps(connection: Connection) -> bool:
            won = await connection.fetchval(
                "UPDATE authorization_grants SET status = 'redeemed', redeemed_at = $1, connected_device_id = $2"
                " WHERE grant_id = $3 AND status = 'approved' AND expires_at > $1 RETURNING TRUE",
                *(now, device.device_id, grant_id),
            )
            if won:
                await connection.execute(sql.insertion("connected_devices", row), *row.values())
            return bool(won)

        return await self._writing.transaction(steps)

    async def add_connected_device(self, device: ConnectedDevice) -> None:
        row = rows.with_scope(device)
        await self._change(sql.insertion("connected_devices", row), *row.values())

    async def put_consent(self, consent: Consent) -> None:
        await self._put("consents", rows.with_scope(consent), key="user_id, client_id")

    async def consent(self, user_id: str, client_id: str) -> Consent | None:
        found = await self._found(sql.CONSENT, user_id, client_id)
        return rows.consent_of(found[0]) if found else None

    async def remove_consent(self, user_id: str, client_id: str) -> bool:
        return (
            storable(user_id)
            and storable(client_id)
            and await self._change(
                "DELETE FROM consents WHERE user_id = $1 AND client_id = $2", user_id, client_id
            )
        )

    async def spend_identifier(self, identifier_digest: bytes, until: float) -> bool:
        return await self._insert(
            "spent_identifiers",
            {"identifier_digest": identifier_digest, "expires_at": until},
            unless_taken="identifier_digest",
        )

    async def is_spent(self, identifier_digest: bytes) -> bool:
        statement = "SELECT TRUE FROM spent_identifiers WHERE identifier_digest = $1"
        return bool(await self._found(statement, identifier_digest))

    async def add_initial_access_token(self, token: InitialAccessToken) -> None:
        row = rows.initial_access_token_row(token)
        await self._change(sql.insertion("initial_access_tokens", row), *row.values())

    async def initial_access_tokens(self) -> Sequence[InitialAccessToken]:
        found = await self._found(sql.INITIAL_ACCESS_TOKENS)
        return [rows.initial_access_token_of(row) for row in found]

    async def use_initial_access_token(self, token_digest: bytes, now: float) -> InitialAccessToken | None:
        used = await self._writing.change(
            "UPDATE initial_access_tokens SET remaining = remaining - 1"
            " WHERE token_digest = $1 AND remaining > 0 AND expires_at > $2 RETURNING *",
            *(token_digest, now),
        )
        return rows.initial_access_token_of(used[0]) if used else None

    async def remove_initial_access_token(self, name: str) -> bool:
        return storable(name) and await self._change(
            "DELETE FROM initial_access_tokens WHERE name = $1", name
        )
