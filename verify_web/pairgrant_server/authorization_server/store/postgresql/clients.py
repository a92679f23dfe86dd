"""Client applications in PostgreSQL."""

from pairgrant_server.authorization_server.model.records import Client
from pairgrant_server.authorization_server.store.postgresql.database import PostgresqlDatabase
from pairgrant_server.authorization_server.store.postgresql.errors import storable
from pairgrant_server.authorization_server.store.sql import rows
from pairgrant_server.authorization_server.store.sql.clients import SqlClients
from pairgrant_server.authorization_server.store.sql.statements import selection

CLIENTS_BY_ID = selection("clients", Client, "WHERE client_id = ANY($1::text[])")


class PostgresqlClients(SqlClients):
    def __init__(self, database: PostgresqlDatabase) -> None:
        super().__init__(database)
        self._look_up = database.hot_calls.look_up(CLIENTS_BY_ID, "client_id", rows.client_of, str)

    async def client(self, client_id: str) -> Client | None:
        return await self._look_up(client_id) if storable(client_id) else None
