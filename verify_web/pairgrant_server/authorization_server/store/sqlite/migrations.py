"""SQLite's tables: created, and brought to the current schema."""

import os
import sqlite3
from importlib import resources
from pathlib import Path

from pairgrant_server.authorization_server.store.errors import DatabaseError
from pairgrant_server.authorization_server.store.sqlite.file import ServingLock, connect
from pairgrant_server.authorization_server.store.sqlite.group_commit import transaction

_SCHEMA = "pairgrant_server.authorization_server.store.schema.sqlite"


def prepare(path: Path) -> None:
    """Create the file, readable only by its owner, and bring it to the newest schema.

    Raises:
        DatabaseError: the folder or file can't be written, isn't a database, belongs to a newer version, or
            is of an older one and a server is using it.
    """
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        os.close(os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600))
        connection = connect(path, writing=True)
    except (OSError, sqlite3.Error) as error:
        raise DatabaseError(
            f"The database {path} can't be opened for writing ({error}). Name another one with --database, "
            "or make its folder writable."
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
    """Run the numbered files that are new to this database. ``user_version`` is the number of the last."""
    files = resources.files(_SCHEMA).iterdir()
    steps = sorted((file for file in files if file.name.endswith(".sql")), key=lambda file: file.name)
    # A step that replaces a table must not delete the rows that refer to it. No effect within a transaction.
    connection.execute("PRAGMA foreign_keys = OFF")
    with transaction(connection):
        (version,) = connection.execute("PRAGMA user_version").fetchone()
        if version > len(steps):
            raise DatabaseError(
                f"The database {path} was made by a newer Pairgrant (schema {version}; this one knows "
                f"{len(steps)}). Upgrade Pairgrant, or name another database with --database."
            )
        if 0 < version < len(steps):
            _require_no_server(path)
        for number, step in enumerate(steps[version:], start=version + 1):
            for statement in _statements(step.read_text()):
                connection.execute(statement)
            connection.execute(f"PRAGMA user_version = {number}")


def _require_no_server(path: Path) -> None:
    """A server of the version before could not write while a step runs."""
    try:
        ServingLock(path).release()
    except DatabaseError:
        raise DatabaseError(
            f"The database {path} needs a newer schema, and a server of an older version is using it. "
            "Stop that server first."
        ) from None


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
