"""The shared engine: any number of servers on any number of hosts work on one PostgreSQL database.

What devices do comes many at a time and is sent in batches (``hot_calls.py``); what people and operators do
is sent call by call. Nothing is cached here: every result is what the primary has committed.
"""

from collections.abc import Callable

from pairgrant_server.authorization_server.store.postgresql.attempts import PostgresqlAttempts
from pairgrant_server.authorization_server.store.postgresql.clients import PostgresqlClients
from pairgrant_server.authorization_server.store.postgresql.connected_devices import (
    PostgresqlConnectedDevices,
)
from pairgrant_server.authorization_server.store.postgresql.database import PostgresqlDatabase
from pairgrant_server.authorization_server.store.postgresql.device_grants import PostgresqlDeviceGrants
from pairgrant_server.authorization_server.store.postgresql.listener import PostgresqlListener
from pairgrant_server.authorization_server.store.postgresql.migrations import prepare
from pairgrant_server.authorization_server.store.postgresql.reports import PostgresqlReports
from pairgrant_server.authorization_server.store.postgresql.server import Server
from pairgrant_server.authorization_server.store.postgresql.sweep import PostgresqlSweep
from pairgrant_server.authorization_server.store.postgresql.users import PostgresqlUsers
from pairgrant_server.authorization_server.store.sql.store import SqlStore


class PostgresqlStore(SqlStore):
    """Implements ``Store``; ``interface/`` says what each method promises."""

    def __init__(self, server: Server) -> None:
        self.database = database = PostgresqlDatabase(server)
        super().__init__(
            database,
            clients=PostgresqlClients(database),
            users=PostgresqlUsers(database),
            device_grants=PostgresqlDeviceGrants(database),
            connected_devices=PostgresqlConnectedDevices(database),
            attempts=PostgresqlAttempts(database),
            reports=PostgresqlReports(database),
        )
        self._server = server
        self._listener = PostgresqlListener(server)
        self._sweep = PostgresqlSweep(database)

    @classmethod
    async def open(cls, url: str) -> "PostgresqlStore":
        """The store in the database that ``url`` (``postgresql://user:password@host:port/name``) names.

        Raises:
            DatabaseError: the database can't be used; the text says what to do.
        """
        server = Server(url)
        await prepare(server)
        return cls(server)

    def listen(self, on_change: Callable[[bytes | None], None]) -> None:
        self._listener.listen(on_change)

    async def sweep(self, now: float) -> int:
        return await self._sweep(now)

    async def close(self) -> None:
        await self._listener.close()
        await self.database.close()

    def __repr__(self) -> str:
        return f"PostgresqlStore({self._server})"
