"""Databases that an earlier version made: what a migration has to find out about their rows."""

import sqlite3
from collections.abc import AsyncIterator
from importlib import resources
from pathlib import Path

import asyncpg
import pytest

from pairgrant_server.authorization_server.model.records import SessionPairing
from pairgrant_server.authorization_server.store.errors import DatabaseError
from pairgrant_server.authorization_server.store.interface.store import Store
from pairgrant_server.authorization_server.store.postgresql.store import PostgresqlStore
from pairgrant_server.authorization_server.store.sqlite import migrations
from pairgrant_server.authorization_server.store.sqlite.file import ServingLock
from pairgrant_server.authorization_server.store.sqlite.store import SqliteStore
from tests.postgresql_server import PostgresqlServer

MADE_BY_SCHEMA_4 = (Path(__file__).parent / "schema_4.sql").read_text(encoding="utf-8")
STEPS_OF_POSTGRESQL = resources.files("pairgrant_server.authorization_server.store.schema.postgresql")
STEPS_OF_SQLITE = resources.files("pairgrant_server.authorization_server.store.schema.sqlite")
_PAIRING = """
INSERT INTO clients (client_id, name, grant_types, scope, redirect_uris, created_at)
VALUES ('lobby-tv', 'Lobby TV', '', '', '', 1790000000);
INSERT INTO users (user_id, username, username_key, password_hash, display_name, locked, created_at)
VALUES ('u1', 'alice', 'alice', '', 'Alice', 0, 1790000000);
INSERT INTO device_grants
VALUES (x'01', x'02', x'03', 'lobby-tv', 'openid', 'redeemed', 'waiting', 5, 1, 2, 'Lobby', '192.0.2.7', 'u1',
    3, 'd1', 4, x'04', 'resource', 'jkt', 'challenge', 'capabilities', 'label', 5, 6, 7, 8);
INSERT INTO grant_viewers VALUES (x'01', 'browser', 1790000000, 'u1');
INSERT INTO connected_devices
VALUES ('d1', 'u1', 'lobby-tv', 'openid', 'Lobby', '192.0.2.7', 1, 2, 3, 4, 5, x'06', 7, x'08',
    9, 'device_code', 'resource', 'jkt', 10, 11, 'user', 'device', 'given', 12);
INSERT INTO device_events VALUES ('d1', 'e1', 1790000000, 'renamed', 'before', 'after');
"""
_SESSIONS = """
INSERT INTO web_sessions (session_digest, created_at, expires_at, grant_id, sealed_user_code)
VALUES (x'01', 1790000000, 1790000600, x'0a', x'0b'), (x'02', 1790000000, 1790000600, NULL, NULL)
"""


def made_by_schema_4(path: Path) -> sqlite3.Connection:
    connection = sqlite3.connect(path)
    connection.executescript(MADE_BY_SCHEMA_4)
    connection.executescript(_SESSIONS)
    return connection


async def copied_to_postgresql(url: str) -> None:
    """The schema and the clients of the same version."""
    connection = await asyncpg.connect(url)
    for step in sorted(STEPS_OF_POSTGRESQL.iterdir(), key=lambda file: file.name)[:4]:
        await connection.execute(step.read_text())
    await connection.execute(
        "CREATE TABLE pairgrant_schema (version INTEGER NOT NULL); INSERT INTO pairgrant_schema VALUES (4)"
    )
    rows = made_by_schema_4(Path(":memory:")).execute("SELECT * FROM clients").fetchall()
    await connection.executemany("INSERT INTO clients VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)", rows)
    await connection.execute(_SESSIONS.replace("x'", "'\\x"))
    await connection.close()


@pytest.fixture(params=["sqlite", "postgresql"])
async def store(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[Store]:
    if request.param == "sqlite":
        made_by_schema_4(tmp_path / "old.db").close()
        old: Store = SqliteStore.open(tmp_path / "old.db")
        yield old
        await old.close()
        return
    server: PostgresqlServer = request.getfixturevalue("postgresql_server")
    async with server.empty_database() as url:
        await copied_to_postgresql(url)
        old = await PostgresqlStore.open(url)
        yield old
        await old.close()


async def test_clients_that_registered_themselves_before_their_token_was_kept_are_told_from_the_operators(
    store: Store,
) -> None:
    """An operator's client_id may have 32 hexadecimal digits too, and may begin with some time."""
    assert {client.name: client.registered_with for client in await store.clients()} == {
        "Lobby TV": None,
        "Chosen by the operator": None,
        "Chosen with a time by the operator": None,
        "Hall TV": "",
        "Build robot": "",
    }


async def test_looked_up_code_of_a_session_is_carried_over(store: Store) -> None:
    """A person who upgrades the server in the middle of a pairing does not type the code again."""
    assert await store.session_pairings(b"\x01") == [
        SessionPairing(b"\x01", b"\x0a", b"\x0b", looked_up_at=1_790_000_000)
    ]
    assert await store.session(b"\x02") is not None
    assert await store.session_pairings(b"\x02") == []


async def test_database_that_a_server_is_using_is_not_brought_to_another_schema(tmp_path: Path) -> None:
    path = tmp_path / "old.db"
    made_by_schema_4(path).close()
    server = ServingLock(path)
    with pytest.raises(DatabaseError, match="Stop that server first"):
        SqliteStore.open(path)
    server.release()
    await SqliteStore.open(path).close()


def test_tables_that_are_replaced_keep_their_rows_and_what_refers_to_them(tmp_path: Path) -> None:
    """0014 replaces two tables of SQLite. A row that refers to another one is deleted with it."""
    old = sqlite3.connect(tmp_path / "old.db")
    for step in sorted(STEPS_OF_SQLITE.iterdir(), key=lambda file: file.name)[:13]:
        old.executescript(step.read_text(encoding="utf-8"))
    old.executescript(f"PRAGMA user_version = 13; {_PAIRING}")
    tables = ("device_grants", "grant_viewers", "connected_devices", "device_events")
    before = {table: old.execute(f"SELECT * FROM {table}").fetchall() for table in tables}
    indexes = old.execute("SELECT name FROM sqlite_schema WHERE sql LIKE 'CREATE INDEX%'").fetchall()
    old.close()
    migrations.prepare(tmp_path / "old.db")
    new = sqlite3.connect(tmp_path / "old.db")
    assert {table: new.execute(f"SELECT * FROM {table}").fetchall() for table in tables} == before
    assert set(indexes) <= set(new.execute("SELECT name FROM sqlite_schema"))
    new.execute("PRAGMA foreign_keys = ON")
    new.execute("DELETE FROM clients")
    assert not any(new.execute(f"SELECT * FROM {table}").fetchall() for table in tables)
    new.close()


def test_migration_that_fails_leaves_the_database_as_it_was(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = "\n".join(made_by_schema_4(tmp_path / "old.db").iterdump())
    statements = migrations._statements
    monkeypatch.setattr(migrations, "_statements", lambda script: [*statements(script), "fails"])
    with pytest.raises(DatabaseError, match="can't be used"):
        migrations.prepare(tmp_path / "old.db")
    after = sqlite3.connect(tmp_path / "old.db")
    assert "\n".join(after.iterdump()) == before
    assert after.execute("PRAGMA user_version").fetchone() == (4,)
