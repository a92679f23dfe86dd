"""PostgreSQL's tables: created, and brought to the current schema."""

import re
from importlib import resources

import asyncpg

from pairgrant_server.authorization_server.store.errors import DatabaseError
from pairgrant_server.authorization_server.store.postgresql.errors import store_error
from pairgrant_server.authorization_server.store.postgresql.server import Connection, Server, let_go

_SCHEMA = "pairgrant_server.authorization_server.store.schema.postgresql"
_LOCK = 0x7061_6972_6772_616E  # "pairgran" in ASCII; other programs on the server are unlikely to use it
_SCHEMA_NAME = re.compile(r'"((?:[^"]|"")+)"|([^\s,"]+)')
_PATIENCE = 60.0
"""Seconds to wait for another process that is migrating, and for each migration of a large table."""


async def prepare(server: Server) -> None:
    """Bring the database to the newest schema.

    Raises:
        DatabaseError: it can't be reached or used, belongs to another program or to a newer version; the text
            says what to do.
    """
    connection = await server.connect()
    try:
        if await connection.fetchval("SHOW server_encoding") != "UTF8":
            raise DatabaseError(
                f"{server} isn't encoded in UTF-8. "
                "Create one with: createdb --encoding=UTF8 --template=template0"
            )
        await _migrate(connection, server)
    except asyncpg.DuplicateTableError:
        raise DatabaseError(
            f"{server} contains tables of another program. "
            "Create a database for Pairgrant alone, and name it with --database."
        ) from None
    except asyncpg.InsufficientPrivilegeError:
        raise DatabaseError(
            f"This user may not create tables in {server}. Make it the owner: ALTER DATABASE … OWNER TO …"
        ) from None
    except asyncpg.InvalidSchemaNameError:
        path = await connection.fetchval("SHOW search_path")
        raise DatabaseError(_without_schema(server, path)) from None
    except (OSError, asyncpg.PostgresError, asyncpg.InterfaceError) as error:
        raise DatabaseError(
            f"{server} can't be used: {store_error(error)}. Try again, or look into PostgreSQL's log."
        ) from None
    finally:
        await let_go(connection)


def _without_schema(server: Server, search_path: str) -> str:
    schema = _first_schema(search_path).replace('"', '""')
    return (
        f"{server} has no schema of its search_path ({search_path}). Create it there with: "
        f'CREATE SCHEMA "{schema}" AUTHORIZATION CURRENT_USER; or correct search_path in the URL, in the '
        "role or in the database."
    )


def _first_schema(search_path: str) -> str:
    """The first named schema. PostgreSQL folds a name without quotes to lower case."""
    for quoted, plain in _SCHEMA_NAME.findall(search_path):
        name = quoted.replace('""', '"') or plain.lower()
        if name != "$user":
            return str(name)
    return "public"


async def _migrate(connection: Connection, server: Server) -> None:
    """Run the numbered files that are new to this database. The version is the number of the last one."""
    files = resources.files(_SCHEMA).iterdir()
    steps = sorted((file for file in files if file.name.endswith(".sql")), key=lambda file: file.name)
    if await _version(connection) == len(steps):
        return
    async with connection.transaction():
        await connection.execute(
            f"SET LOCAL statement_timeout = {_PATIENCE * 1000:.0f}; SET LOCAL lock_timeout = 0"
        )
        await connection.execute("SELECT pg_advisory_xact_lock($1)", _LOCK, timeout=_PATIENCE)
        version = await _version(connection)
        if version > len(steps):
            raise DatabaseError(
                f"{server} was made by a newer Pairgrant (schema {version}; this one knows {len(steps)}). "
                "Upgrade Pairgrant, or name another database with --database."
            )
        if not version:
            await connection.execute("CREATE TABLE pairgrant_schema (version INTEGER NOT NULL)")
            await connection.execute("INSERT INTO pairgrant_schema VALUES (0)")
        for step in steps[version:]:
            await connection.execute(step.read_text(), timeout=_PATIENCE)
        await connection.execute("UPDATE pairgrant_schema SET version = $1", len(steps))


async def _version(connection: Connection) -> int:
    # Read from the catalogue's rows. ``to_regclass`` uses this session's cache, which misses a table that
    # another process created while this one waited for the lock.
    if not await connection.fetchval(
        "SELECT count(*) FROM pg_tables"
        " WHERE tablename = 'pairgrant_schema' AND schemaname = ANY (current_schemas(false))"
    ):
        return 0
    return int(await connection.fetchval("SELECT version FROM pairgrant_schema") or 0)
