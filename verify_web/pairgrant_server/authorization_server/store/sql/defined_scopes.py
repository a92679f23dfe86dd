"""Scopes that the operator has defined, on both engines."""

from collections.abc import Sequence

from pairgrant_server.authorization_server.model.defined_scope import DefinedScope
from pairgrant_server.authorization_server.store.sql import rows, statements
from pairgrant_server.authorization_server.store.sql.database import Database

_DEFINED_SCOPES = statements.selection("defined_scopes", DefinedScope, "ORDER BY name")


class SqlDefinedScopes:
    def __init__(self, database: Database) -> None:
        self._database = database

    async def put_defined_scope(self, scope: DefinedScope) -> None:
        row = rows.defined_scope_row(scope)
        await self._database.change(statements.replacement("defined_scopes", row, "name"), *row.values())

    async def defined_scopes(self) -> Sequence[DefinedScope]:
        return [rows.defined_scope_of(row) for row in await self._database.rows(_DEFINED_SCOPES)]

    async def remove_defined_scope(self, name: str) -> bool:
        return await self._database.change_by_key("DELETE FROM defined_scopes WHERE name = $1", name)
