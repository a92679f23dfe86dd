"""Client applications: the methods that are the same SQL on both engines."""

from collections.abc import Sequence

from pairgrant_server.authorization_server.model.records import Client
from pairgrant_server.authorization_server.store.sql import rows, statements
from pairgrant_server.authorization_server.store.sql.database import Database

_ALL_CLIENTS = statements.selection("clients", Client, "ORDER BY client_id")


class SqlClients:
    def __init__(self, database: Database) -> None:
        self._database = database

    async def add_client(self, client: Client) -> bool:
        row = rows.client_row(client)
        statement = statements.insertion_unless_taken("clients", row, "client_id")
        return await self._database.change(statement, *row.values())

    async def clients(self) -> Sequence[Client]:
        return [rows.client_of(row) for row in await self._database.rows(_ALL_CLIENTS)]

    async def replace_client(self, client: Client) -> bool:
        row = rows.client_row(client)
        return await self._database.change(statements.update("clients", row), *row.values())

    async def remove_client(self, client_id: str) -> bool:
        return await self._database.remove_with_dependents(
            "DELETE FROM clients WHERE client_id = $1", client_id
        )
