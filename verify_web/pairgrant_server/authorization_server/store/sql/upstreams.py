"""Upstream OpenID providers, on both engines."""

from collections.abc import Sequence

from pairgrant_server.authorization_server.model.records import Upstream
from pairgrant_server.authorization_server.store.sql import rows, statements
from pairgrant_server.authorization_server.store.sql.database import Database

_UPSTREAMS = statements.selection("upstreams", Upstream, "ORDER BY name")


class SqlUpstreams:
    def __init__(self, database: Database) -> None:
        self._database = database

    async def put_upstream(self, upstream: Upstream) -> None:
        row = rows.with_scope(upstream)
        await self._database.change(statements.replacement("upstreams", row, "name"), *row.values())

    async def upstreams(self) -> Sequence[Upstream]:
        return [rows.upstream_of(row) for row in await self._database.rows(_UPSTREAMS)]

    async def remove_upstream(self, name: str) -> bool:
        return await self._database.change_by_key("DELETE FROM upstreams WHERE name = $1", name)
