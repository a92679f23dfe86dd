"""Initial access tokens (RFC 7591 §3), on both engines."""

from collections.abc import Sequence

from pairgrant_server.authorization_server.model.records import InitialAccessToken
from pairgrant_server.authorization_server.store.sql import rows, statements
from pairgrant_server.authorization_server.store.sql.database import Database

_INITIAL_ACCESS_TOKENS = statements.selection(
    "initial_access_tokens", InitialAccessToken, "ORDER BY created_at DESC"
)

_USE = f"""
UPDATE initial_access_tokens SET remaining = remaining - 1
WHERE token_digest = $1 AND remaining > 0 AND expires_at > $2
RETURNING {statements.columns_of(InitialAccessToken)}
"""  # noqa: S608 - names of our own columns


class SqlInitialAccessTokens:
    def __init__(self, database: Database) -> None:
        self._database = database

    async def add_initial_access_token(self, token: InitialAccessToken) -> None:
        row = rows.initial_access_token_row(token)
        await self._database.change(statements.insertion("initial_access_tokens", row), *row.values())

    async def initial_access_tokens(self) -> Sequence[InitialAccessToken]:
        found = await self._database.rows(_INITIAL_ACCESS_TOKENS)
        return [rows.initial_access_token_of(row) for row in found]

    async def use_initial_access_token(self, token_digest: bytes, now: float) -> InitialAccessToken | None:
        used = await self._database.changed_row(_USE, token_digest, now)
        return None if used is None else rows.initial_access_token_of(used)

    async def remove_initial_access_token(self, name: str) -> bool:
        return await self._database.change_by_key("DELETE FROM initial_access_tokens WHERE name = $1", name)
