"""The embedded engine: reads in the caller's thread, changes through one thread that commits in groups."""

from collections.abc import Callable
from pathlib import Path

from pairgrant_server.authorization_server.store.sql.reports import SqlReports
from pairgrant_server.authorization_server.store.sql.store import SqlStore
from pairgrant_server.authorization_server.store.sqlite.attempts import SqliteAttempts
from pairgrant_server.authorization_server.store.sqlite.clients import SqliteClients
from pairgrant_server.authorization_server.store.sqlite.connected_devices import SqliteConnectedDevices
from pairgrant_server.authorization_server.store.sqlite.database import SqliteDatabase
from pairgrant_server.authorization_server.store.sqlite.device_grants import SqliteDeviceGrants
from pairgrant_server.authorization_server.store.sqlite.file import ServingLock
from pairgrant_server.authorization_server.store.sqlite.listener import SqliteListener
from pairgrant_server.authorization_server.store.sqlite.migrations import prepare
from pairgrant_server.authorization_server.store.sqlite.sweep import SqliteSweep
from pairgrant_server.authorization_server.store.sqlite.users import SqliteUsers


class SqliteStore(SqlStore):
    """Implements ``Store``; ``interface/`` says what each method promises."""

    def __init__(self, path: Path, lock: ServingLock | None) -> None:
        self.database = database = SqliteDatabase(path)
        super().__init__(
            database,
            clients=SqliteClients(database),
            users=SqliteUsers(database),
            device_grants=SqliteDeviceGrants(database),
            connected_devices=SqliteConnectedDevices(database),
            attempts=SqliteAttempts(database),
            reports=SqlReports(database),
        )
        self._lock = lock
        self._listener = SqliteListener(database)
        self._sweep = SqliteSweep(database)

    @classmethod
    def open(cls, path: Path, *, serving: bool = False) -> "SqliteStore":
        """The store in the file ``path``, created if needed; ``serving`` reserves it for this one server
        process.

        Raises:
            DatabaseError: the file can't be used; the text says what to do.
        """
        prepare(path)
        return cls(path, ServingLock(path) if serving else None)

    def listen(self, on_change: Callable[[bytes | None], None]) -> None:
        self._listener.listen(on_change)

    async def sweep(self, now: float) -> int:
        return await self._sweep(now)

    async def close(self) -> None:
        await self._listener.close()
        self.database.close()
        if self._lock is not None:
            self._lock.release()
