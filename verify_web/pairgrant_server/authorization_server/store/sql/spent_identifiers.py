"""Identifiers (``jti``) that may be used once, on both engines."""

from pairgrant_server.authorization_server.store.sql import statements
from pairgrant_server.authorization_server.store.sql.database import Database

_SPEND = statements.insertion_unless_taken(
    "spent_identifiers", ("identifier_digest", "expires_at"), "identifier_digest"
)


class SqlSpentIdentifiers:
    def __init__(self, database: Database) -> None:
        self._database = database

    async def spend_identifier(self, identifier_digest: bytes, until: float) -> bool:
        return await self._database.change(_SPEND, identifier_digest, until)

    async def is_spent(self, identifier_digest: bytes) -> bool:
        statement = "SELECT TRUE FROM spent_identifiers WHERE identifier_digest = $1"
        return await self._database.row(statement, identifier_digest) is not None
