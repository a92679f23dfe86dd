"""People who sign in elsewhere, in PostgreSQL: the providers that are trusted, and whose account there is whose here."""

from collections.abc import Sequence

import asyncpg

from pairgrant_server.authorization_server.model.records import Identity, Upstream, User
from pairgrant_server.authorization_server.store import rows
from pairgrant_server.authorization_server.store.postgresql import statements as sql
from pairgrant_server.authorization_server.store.postgresql.errors import storable
from pairgrant_server.authorization_server.store.postgresql.rows import PostgresqlRows
from pairgrant_server.authorization_server.store.postgresql.server import Connection


class PostgresqlIdentities(PostgresqlRows):
    async def put_upstream(self, upstream: Upstream) -> None:
        await self._put("upstreams", rows.with_scope(upstream), key="name")

    async def upstreams(self) -> Sequence[Upstream]:
        return [rows.upstream_of(row) for row in await self._found(sql.UPSTREAMS)]

    async def remove_upstream(self, name: str) -> bool:
        return storable(name) and await self._change("DELETE FROM upstreams WHERE name = $1", name)

    async def add_identity(self, identity: Identity) -> bool:
        return await self._insert("identities", rows.columns(identity), unless_taken="issuer, subject")

    async def add_user_with_identity(self, user: User, identity: Identity) -> bool:
        user_row, identity_row = rows.user_row(user), rows.columns(identity)

        async def steps(connection: Connection) -> bool:
            try:
                async with connection.transaction():
                    await connection.execute(sql.insertion("users", user_row), *user_row.values())
                    await connection.execute(
                        sql.insertion("identities", identity_row), *identity_row.values()
                    )
            except asyncpg.UniqueViolationError:
                return False
            return True

        return await self._writing.transaction(steps)

    async def user_by_identity(self, issuer: str, subject: str) -> User | None:
        found = await self._found(sql.USER_BY_IDENTITY, issuer, subject)
        return rows.user_of(found[0]) if found else None

    async def identities(self, user_id: str) -> Sequence[Identity]:
        return [Identity(*row) for row in await self._found(sql.IDENTITIES_OF_USER, user_id)]

    async def remove_identity(self, issuer: str, subject: str) -> bool:
        return (
            storable(issuer)
            and storable(subject)
            and await self._change(
                "DELETE FROM identities WHERE issuer = $1 AND subject = $2", issuer, subject
            )
        )
