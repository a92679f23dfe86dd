"""Consents of people to clients, on both engines."""

from pairgrant_server.authorization_server.model.records import Consent
from pairgrant_server.authorization_server.store.sql import rows, statements
from pairgrant_server.authorization_server.store.sql.database import Database

_CONSENT = statements.selection(
    "consents",
    Consent,
    "WHERE user_id = $1 AND client_id = $2 AND NOT EXISTS ("
    "SELECT 1 FROM connected_devices AS removed WHERE removed.user_id = $1 AND removed.client_id = $2"
    " AND removed.remove_at >= consents.granted_at)",
)


class SqlConsents:
    def __init__(self, database: Database) -> None:
        self._database = database

    async def put_consent(self, consent: Consent) -> None:
        row = rows.with_scope(consent)
        statement = statements.replacement("consents", row, "user_id, client_id")
        await self._database.change(statement, *row.values())

    async def consent(self, user_id: str, client_id: str) -> Consent | None:
        row = await self._database.row(_CONSENT, user_id, client_id)
        return None if row is None else rows.consent_of(row)

    async def remove_consent(self, user_id: str, client_id: str) -> bool:
        return await self._database.change_by_key(
            "DELETE FROM consents WHERE user_id = $1 AND client_id = $2", user_id, client_id
        )
