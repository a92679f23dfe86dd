"""People who sign in elsewhere, in SQLite: the providers that are trusted, and whose account there is whose here."""

import sqlite3
from collections.abc import Sequence

from pairgrant_server.authorization_server.model.records import Identity, Upstream, User
from pairgrant_server.authorization_server.store import rows
from pairgrant_server.authorization_server.store.sqlite.rows import SqliteRows, insertion

_USER = "SELECT users.* FROM users JOIN identities USING (user_id) WHERE issuer = ? AND subject = ?"


class SqliteIdentities(SqliteRows):
    async def put_upstream(self, upstream: Upstream) -> None:
        await self._put("upstreams", rows.with_scope(upstream))

    async def upstreams(self) -> Sequence[Upstream]:
        return [rows.upstream_of(row) for row in self._rows("SELECT * FROM upstreams ORDER BY name")]

    async def remove_upstream(self, name: str) -> bool:
        return await self._change("DELETE FROM upstreams WHERE name = ?", name)

    async def add_identity(self, identity: Identity) -> bool:
        return await self._insert("identities", rows.columns(identity), unless_taken="issuer, subject")

    async def add_user_with_identity(self, user: User, identity: Identity) -> bool:
        user_row, identity_row = rows.user_row(user), rows.columns(identity)

        def add(connection: sqlite3.Connection) -> bool:
            # A statement that meets a taken name takes back itself alone, so the account elsewhere is asked for first.
            taken = connection.execute(_USER, (identity.issuer, identity.subject)).fetchone()
            if taken is not None:
                return False
            statement = f"{insertion('users', user_row)} ON CONFLICT (username_key) DO NOTHING"
            if not connection.execute(statement, tuple(user_row.values())).rowcount:
                return False
            connection.execute(insertion("identities", identity_row), tuple(identity_row.values()))
            return True

        return await self._writer.write(add)

    async def user_by_identity(self, issuer: str, subject: str) -> User | None:
        row = self._row(_USER, issuer, subject)
        return None if row is None else rows.user_of(row)

    async def identities(self, user_id: str) -> Sequence[Identity]:
        found = self._rows(
            "SELECT * FROM identities WHERE user_id = ? ORDER BY created_at, issuer, subject", user_id
        )
        return [Identity(**row) for row in found]

    async def remove_identity(self, issuer: str, subject: str) -> bool:
        return await self._change("DELETE FROM identities WHERE issuer = ? AND subject = ?", issuer, subject)
