"""The engines of the contract tests: each test that takes ``store`` runs once on each engine."""

from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack
from pathlib import Path

import pytest

from pairgrant_server.authorization_server.store.interface.store import Store
from pairgrant_server.authorization_server.store.postgresql.store import PostgresqlStore
from pairgrant_server.authorization_server.store.sqlite.store import SqliteStore

OpenStore = Callable[[], Awaitable[Store]]


@pytest.fixture(params=["sqlite", "postgresql"])
async def open_store(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[OpenStore]:
    """Opens one more store on this test's database, as another process would."""
    async with AsyncExitStack() as closing:
        if request.param == "postgresql":
            server = request.getfixturevalue("postgresql_server")
            url = await closing.enter_async_context(server.empty_database())

        async def opened() -> Store:
            store: Store = (
                SqliteStore.open(tmp_path / "pairgrant.db")
                if request.param == "sqlite"
                else await PostgresqlStore.open(url)
            )
            closing.push_async_callback(store.close)
            return store

        yield opened


@pytest.fixture
async def store(open_store: OpenStore) -> Store:
    return await open_store()
