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
from pairgrant_server.authorization_server.store.sqlite.store import SqliteStore
from tests.postgresql_server import PostgresqlServer

MADE_BY_SCHEMA_4 = (Path(__file__).parent / "schema_4.sql").read_text(encoding="utf-8")
STEPS_OF_POSTGRESQL = resources.files("pairgrant_server.authorization_server.store.schema.postgresql")
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
