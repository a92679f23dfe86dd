"""A real store in a temporary file, a clock set by hand, and argon2 at its cheapest."""

from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest
from argon2 import PasswordHasher

from pairgrant_protocol.secret import Secret
from pairgrant_server.accounts.passwords import Passwords
from pairgrant_server.accounts.people import People
from pairgrant_server.accounts.sessions import Sessions
from pairgrant_server.authorization_server.secrets.server_key import ServerKey
from pairgrant_server.authorization_server.store.sqlite.store import SqliteStore
from tests.authorization_server.hand_clock import HandClock


@pytest.fixture
def clock() -> HandClock:
    return HandClock()


@pytest.fixture
async def store(tmp_path: Path) -> AsyncIterator[SqliteStore]:
    opened = SqliteStore.open(tmp_path / "pairgrant.db")
    yield opened
    await opened.close()


@pytest.fixture
def passwords() -> Iterator[Passwords]:
    made = Passwords(PasswordHasher(time_cost=1, memory_cost=8, parallelism=1), clock=lambda: 0.0)
    yield made
    made.close()


@pytest.fixture
def people(store: SqliteStore, passwords: Passwords, clock: HandClock) -> People:
    return People(store, passwords, clock)


@pytest.fixture
def sessions(store: SqliteStore, clock: HandClock) -> Sessions:
    return Sessions(store, ServerKey(Secret("test server key")), clock)
