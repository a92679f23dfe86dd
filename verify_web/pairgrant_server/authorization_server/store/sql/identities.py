"""Accounts at upstream providers that are linked to users, on both engines."""

from collections.abc import Sequence

from pairgrant_server.authorization_server.model.records import Identity, User
from pairgrant_server.authorization_server.store.sql import rows, statements
from pairgrant_server.authorization_server.store.sql.database import Database, Statement

_IDENTITIES_OF_USER = statements.selection(
    "identities", Identity, "WHERE user_id = $1 ORDER BY created_at, issuer, subject"
)
_USER_BY_IDENTITY = statements.selection(
    "users", User, "WHERE user_id = (SELECT user_id FROM identities WHERE issuer = $1 AND subject = $2)"
)
_ADD_IDENTITY = statements.insertion_unless_taken(
    "identities", Identity.__dataclass_fields__, "issuer, subject"
)


class SqlIdentities:
    def __init__(self, database: Database) -> None:
        self._database = database

    async def add_identity(self, identity: Identity) -> bool:
        return await self._database.change(_ADD_IDENTITY, *rows.columns(identity).values())

    async def add_user_with_identity(self, user: User, identity: Identity) -> bool:
        row = rows.user_row(user)
        add_user = statements.insertion_unless_taken("users", row, "username_key")
        return await self._database.change_all(
            Statement(add_user, tuple(row.values())),
            Statement(_ADD_IDENTITY, tuple(rows.columns(identity).values())),
        )

    async def user_by_identity(self, issuer: str, subject: str) -> User | None:
        row = await self._database.row(_USER_BY_IDENTITY, issuer, subject)
        return None if row is None else rows.user_of(row)

    async def identities(self, user_id: str) -> Sequence[Identity]:
        found = await self._database.rows(_IDENTITIES_OF_USER, user_id)
        return [rows.record_of(Identity, row) for row in found]

    async def remove_identity(self, issuer: str, subject: str) -> bool:
        return await self._database.change_by_key(
            "DELETE FROM identities WHERE issuer = $1 AND subject = $2", issuer, subject
        )
