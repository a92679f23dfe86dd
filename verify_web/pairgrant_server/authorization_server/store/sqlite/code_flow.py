"""The authorization code flow in SQLite, and what may be used once: requests, consents, identifiers, initial access tokens."""

import sqlite3
from collections.abc import Sequence

from pairgrant_server.authorization_server.model.records import (
    AuthorizationDecision,
    AuthorizationGrant,
    ConnectedDevice,
    Consent,
    InitialAccessToken,
)
from pairgrant_server.authorization_server.store import rows
from pairgrant_server.authorization_server.store.sqlite.rows import SqliteRows, insertion

_DEVICE_COLUMNS, device_values = rows.flat(ConnectedDevice)
INSERT_DEVICE = insertion("connected_devices", _DEVICE_COLUMNS)


class SqliteAuthorizations(SqliteRows):
    async def insert_authorization(self, grant: AuthorizationGrant) -> None:
        row = rows.with_scope(grant)
        await self._change(insertion("authorization_grants", row), *row.values())

    async def authorization(self, grant_id: bytes) -> AuthorizationGrant | None:
        row = self._row("SELECT * FROM authorization_grants WHERE grant_id = ?", grant_id)
        return None if row is None else rows.authorization_of(row)

    async def decide_authorization(self, decision: AuthorizationDecision, now: float) -> bool:
        return await self._change(
            "UPDATE authorization_grants SET status = :status, user_id = :user_id, auth_time = :auth_time,"
            " scope = :scope, code_digest = :code_digest, expires_at = :expires_at"
            " WHERE grant_id = :grant_id AND status = 'pending' AND expires_at > :now",
            {**rows.with_scope(decision), "now": now},
        )

    async def redeem_authorization(self, grant_id: bytes, device: ConnectedDevice, now: float) -> bool:
        values = device_values(device)

        def redeem(connection: sqlite3.Connection) -> bool:
            won = connection.execute(
                "UPDATE authorization_grants SET status = 'redeemed', redeemed_at = ?, connected_device_id = ?"
                " WHERE grant_id = ? AND status = 'approved' AND expires_at > ?",
                (now, device.device_id, grant_id, now),
            ).rowcount
            if won:
                connection.execute(INSERT_DEVICE, values)
            return won == 1

        return await self._writer.write(redeem)

    async def put_consent(self, consent: Consent) -> None:
        await self._put("consents", rows.with_scope(consent))

    async def consent(self, user_id: str, client_id: str) -> Consent | None:
        row = self._row("SELECT * FROM consents WHERE user_id = ? AND client_id = ?", user_id, client_id)
        return None if row is None else rows.consent_of(row)

    async def remove_consent(self, user_id: str, client_id: str) -> bool:
        return await self._change(
            "DELETE FROM consents WHERE user_id = ? AND client_id = ?", user_id, client_id
        )

    async def spend_identifier(self, identifier_digest: bytes, until: float) -> bool:
        return await self._insert(
            "spent_identifiers",
            {"identifier_digest": identifier_digest, "expires_at": until},
            unless_taken="identifier_digest",
        )

    async def is_spent(self, identifier_digest: bytes) -> bool:
        statement = "SELECT TRUE FROM spent_identifiers WHERE identifier_digest = ?"
        return self._row(statement, identifier_digest) is not None

    async def add_initial_access_token(self, token: InitialAccessToken) -> None:
        row = rows.initial_access_token_row(token)
        await self._change(insertion("initial_access_tokens", row), *row.values())

    async def initial_access_tokens(self) -> Sequence[InitialAccessToken]:
        found = self._rows("SELECT * FROM initial_access_tokens ORDER BY created_at DESC")
        return [rows.initial_access_token_of(row) for row in found]

    async def use_initial_access_token(self, token_digest: bytes, now: float) -> InitialAccessToken | None:
        won = await self._change(
            "UPDATE initial_access_tokens SET remaining = remaining - 1"
            " WHERE token_digest = ? AND remaining > 0 AND expires_at > ?",
            *(token_digest, now),
        )
        row = self._row("SELECT * FROM initial_access_tokens WHERE token_digest = ?", token_digest)
        return rows.initial_access_token_of(row) if won and row is not None else None

    async def remove_initial_access_token(self, name: str) -> bool:
        return await self._change("DELETE FROM initial_access_tokens WHERE name = ?", name)
