"""The SQLite file itself: how it is opened, kept to one serving process, and brought to today's schema."""

import fcntl
import os
import sqlite3
from importlib import resources
from pathlib import Path

from pairgrant_server.authorization_server.store.errors import DatabaseError
from pairgrant_server.authorization_server.store.sqlite.group_commit import transaction

_SCHEMA = "pairgrant_server.authorization_server.store.schema.sqlite"
_BUSY_TIMEOUT = 5.0
_PAGES_UNTIL_CHECKPOINT = 2000


def connect(path: Path, *, writing: bool) -> sqlite3.Connection:
    """A connection in autocommit mode, usable from the thread that needs it. WAL; durable when a commit returns."""
    connection = sqlite3.connect(path, timeout=_BUSY_TIMEOUT, isolation_level=None, check_same_thread=False)
    connection.execute("PRAGMA journal_mode = WAL")
    connection.execute("PRAGMA synchronous = FULL")
    connection.execute("PRAGMA foreign_keys = ON")
    connection.execute(f"PRAGMA wal_autocheckpoint = {_PAGES_UNTIL_CHECKPOINT}")
    connection.execute(f"PRAGMA query_only = {'OFF' if writing else 'ON'}")
    return connection


def prepare(path: Path) -> None:
    """Make the file, readable by its owner alone, and bring it to the newest schema.

    Raises:
        DatabaseError: the folder or file can't be written, is no database, or belongs to a newer version.
    """
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        os.close(os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600))
        connection = connect(path, writing=True)
    except (OSError, sqlite3.Error) as error:
        raise DatabaseError(
            f"The database {path} can't be opened for writing ({error}). Name another one with --database, "
            "or see to it that its folder can be written."
        ) from error
    try:
        _migrate(connection, path)
    except sqlite3.Error as error:
        raise DatabaseError(
            f"The database {path} can't be used ({error}). Name another one with --database."
        ) from error
    finally:
        connection.close()


def _migrate(connection: sqlite3.Connection, path: Path) -> None:
    """Run the numbered files that this database has not seen; ``user_version`` is the number of the last one."""
    files = resources.files(_SCHEMA).iterdir()
    steps = sorted((file for file in files if file.name.endswith(".sql")), key=lambda file: file.name)
    with transaction(connection):
        (version,) = connection.execute("PRAGMA user_version").fetchone()
        if version > len(steps):
            raise DatabaseError(
                f"The database {path} was made by a newer Pairgrant (schema {version}; this one knows "
                f"{len(steps)}). Upgrade Pairgrant, or name another database with --database."
            )
        for number, step in enumerate(steps[version:], start=version + 1):
            for statement in _statements(step.read_text()):
                connection.execute(statement)
            connection.execute(f"PRAGMA user_version = {number}")


def _statements(script: str) -> list[str]:
    """The statements of a script; ``executescript`` would commit the transaction that the step belongs to."""
    statements: list[str] = []
    pending = ""
    for line in script.splitlines(keepends=True):
        pending += line
        if sqlite3.complete_statement(pending):
            statements.append(pending)
            pending = ""
    return statements


class ServingLock:
    """Held while a process serves from the file: a second one would answer polls that it can't see decided."""

    def __init__(self, path: Path) -> None:
        lock = path.with_name(path.name + ".lock")
        self._file = os.fdopen(os.open(lock, os.O_WRONLY | os.O_CREAT | os.O_CLOEXEC, 0o600), "w")
        try:
            fcntl.flock(self._file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            self._file.close()
            raise DatabaseError(
                f"Another pairgrant-server already serves from {path}. Stop it first, name another --database, "
                "or use PostgreSQL, which any number of servers can share."
            ) from None

    def release(self) -> None:
        self._file.close()
