"""The server's signing keys, on both engines."""

from collections.abc import Sequence

from pairgrant_server.authorization_server.model.records import SigningKey
from pairgrant_server.authorization_server.store.sql import rows, statements
from pairgrant_server.authorization_server.store.sql.database import Database, Statement

_SIGNING_KEYS = statements.selection("signing_keys", SigningKey, "ORDER BY created_at DESC")

_LOCK_KEYS = Statement("LOCK TABLE signing_keys IN SHARE ROW EXCLUSIVE MODE")

_ADD_UNLESS_SINCE = """
INSERT INTO signing_keys (kid, algorithm, sealed, created_at)
SELECT $1, $2, $3, $4
WHERE NOT EXISTS (SELECT 1 FROM signing_keys WHERE algorithm = $2 AND created_at >= $5)
"""


class SqlSigningKeys:
    def __init__(self, database: Database) -> None:
        self._database = database

    async def signing_keys(self) -> Sequence[SigningKey]:
        return [rows.record_of(SigningKey, row) for row in await self._database.rows(_SIGNING_KEYS)]

    async def add_signing_key(self, key: SigningKey, *, unless_since: float) -> bool:
        values = (key.kid, key.algorithm, key.sealed, key.created_at, unless_since)
        return await self._database.change_locked(_LOCK_KEYS, Statement(_ADD_UNLESS_SINCE, values))

    async def remove_signing_key(self, kid: str) -> bool:
        return await self._database.change_by_key("DELETE FROM signing_keys WHERE kid = $1", kid)
