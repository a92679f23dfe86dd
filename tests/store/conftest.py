"""The contract suite's engines: every test of this folder that takes ``store`` runs once on each."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from verify_web.authorization_server.store.interface import Store
from verify_web.authorization_server.store.sqlite import SqliteStore


@pytest.fixture(params=["sqlite"])
async def store(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[Store]:
    opened = SqliteStore.open(tmp_path / "pairgrant.db")
    yield opened
    await opened.close()
