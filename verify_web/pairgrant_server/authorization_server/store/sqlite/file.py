"""The SQLite file: how it is opened, and how it is reserved for one serving process."""

import fcntl
import os
import sqlite3
from enum import StrEnum
from pathlib import Path

from pairgrant_protocol.device_grant import GrantStatus
from pairgrant_protocol.sign_in_end import EndedBy
from pairgrant_protocol.vocabulary import GrantType, PairingStage
from pairgrant_server.authorization_server.model.connected_device import DeviceEventKind
from pairgrant_server.authorization_server.model.device_kind import DeviceKind
from pairgrant_server.authorization_server.store.errors import DatabaseError

_BUSY_TIMEOUT = 5.0
_PAGES_UNTIL_CHECKPOINT = 2000
_SYNCHRONOUS = "FULL"
_ENUMS: tuple[type[StrEnum], ...] = (
    GrantStatus,
    PairingStage,
    GrantType,
    DeviceKind,
    EndedBy,
    DeviceEventKind,
)
"""Types of values that columns hold."""

# sqlite3 binds an int, a float, a text and a bytearray at once. For any other type it looks for a registered
# adapter, and then for methods; that there are none raises errors inside Python 3.11, which takes longer than
# the binding itself.
sqlite3.register_adapter(bytes, bytearray)
sqlite3.register_adapter(type(None), {None: None}.get)  # None itself, by a call that runs no Python code
for _enum in _ENUMS:
    sqlite3.register_adapter(_enum, {member: member.value for member in _enum}.__getitem__)


def connect(path: Path, *, writing: bool) -> sqlite3.Connection:
    """A connection in autocommit mode, usable from any one thread.

    WAL mode; a commit that has returned is durable.
    """
    connection = sqlite3.connect(path, timeout=_BUSY_TIMEOUT, isolation_level=None, check_same_thread=False)
    connection.execute("PRAGMA journal_mode = WAL")
    connection.execute(f"PRAGMA synchronous = {_SYNCHRONOUS}")
    connection.execute("PRAGMA foreign_keys = ON")
    connection.execute(f"PRAGMA wal_autocheckpoint = {_PAGES_UNTIL_CHECKPOINT}")
    connection.create_function("lower", 1, _lower, deterministic=True)  # SQLite's own is for ASCII only
    connection.execute(f"PRAGMA query_only = {'OFF' if writing else 'ON'}")
    return connection


def _lower(text: str | None) -> str | None:
    return None if text is None else text.lower()


class ServingLock:
    """Held while a process serves from the file.

    A second server would not see in time what the first one's users decided.

    Raises:
        DatabaseError: another process holds the lock.
    """

    def __init__(self, path: Path) -> None:
        lock = path.with_name(path.name + ".lock")
        self._file = os.fdopen(os.open(lock, os.O_WRONLY | os.O_CREAT | os.O_CLOEXEC, 0o600), "w")
        try:
            fcntl.flock(self._file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            self._file.close()
            raise DatabaseError(
                f"Another pairgrant-server already serves from {path}. Stop it first, name another "
                "--database, or use PostgreSQL, which any number of servers can share."
            ) from None

    def release(self) -> None:
        self._file.close()
