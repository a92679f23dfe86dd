"""Client applications in SQLite."""

from pairgrant_server.authorization_server.model.records import Client
from pairgrant_server.authorization_server.store.sql import rows, statements
from pairgrant_server.authorization_server.store.sql.clients import SqlClients
from pairgrant_server.authorization_server.store.sqlite.database import SqliteDatabase

_CLIENT = statements.selection("clients", Client, "WHERE client_id = $1")


class SqliteClients(SqlClients):
    def __init__(self, database: SqliteDatabase) -> None:
        super().__init__(database)
        self._find = database.find

    async def client(self, client_id: str) -> Client | None:
        found = self._find(_CLIENT, client_id)
        return None if found is None else rows.client_of(found)
