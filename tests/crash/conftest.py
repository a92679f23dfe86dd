"""``world`` is a database and a server of each test's own, and runs the test once on each engine."""

import asyncio
import os
import secrets
import time
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import AsyncExitStack
from dataclasses import dataclass
from pathlib import Path

import pytest
from argon2 import PasswordHasher

from pairgrant_protocol.secret import Secret
from pairgrant_protocol.vocabulary import GrantType
from pairgrant_server.authorization_server.keys.key_lifecycle import ALGORITHMS
from pairgrant_server.authorization_server.keys.sealed_key import new_key
from pairgrant_server.authorization_server.model.client_policy import ClientPolicy
from pairgrant_server.authorization_server.model.records import Client, SigningKey, User
from pairgrant_server.authorization_server.secrets.server_key import ServerKey
from tests.crash.changes import CHANGES
from tests.crash.world import PASSWORD, World
from tests.processes.forked_programs import ForkedPrograms
from tests.processes.programs import PATIENCE

SCOPE = ("openid", "profile", "email", "offline_access", "board:read", "board:write")
DEVICE_GRANTS = frozenset({GrantType.DEVICE_CODE, GrantType.REFRESH_TOKEN})


@pytest.fixture(scope="session")
def programs() -> Iterator[ForkedPrograms]:
    programs = ForkedPrograms(Path(__file__).with_name("crashing_server.py"))
    yield programs
    programs.close()


@pytest.fixture(scope="session")
def password_hash() -> str:
    return PasswordHasher().hash(PASSWORD)


@dataclass(frozen=True, slots=True)
class ServerKeys:
    """A server key file's text, and a signing key of each algorithm sealed under it."""

    text: str
    signing_keys: tuple[SigningKey, ...]


@pytest.fixture(scope="session")
def server_keys() -> ServerKeys:
    """Made once a run, because an RSA key takes longer than the rest of a first start."""
    text, now = secrets.token_urlsafe(32), time.time()
    server_key = ServerKey(Secret(text))
    keys = (new_key(algorithm, server_key, now=now, signs_at=now) for algorithm in ALGORITHMS)
    return ServerKeys(text, tuple(keys))


@pytest.fixture(params=["sqlite", "postgresql"])
def engine(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture
async def new_world(
    engine: str,
    tmp_path: Path,
    programs: ForkedPrograms,
    free_port: Callable[[], int],
    request: pytest.FixtureRequest,
) -> AsyncIterator[World]:
    """An empty database, on which no server has run yet."""
    async with AsyncExitStack() as closing:
        database = f"sqlite:///{tmp_path / 'pairgrant.db'}"
        if engine == "postgresql":
            server = request.getfixturevalue("postgresql_server")
            database = await closing.enter_async_context(server.empty_database())
        port = free_port()
        kept = {name: value for name, value in os.environ.items() if not name.startswith("PAIRGRANT_")}
        environment = {
            **kept,
            "PAIRGRANT_DATABASE": database,
            "PAIRGRANT_SERVER_KEY_FILE": str(tmp_path / "server.key"),
            "PAIRGRANT_PUBLIC_URL": f"http://127.0.0.1:{port}",
            "PAIRGRANT_TRUSTED_PROXIES": "127.0.0.1",
            "PAIRGRANT_DEVICE_AUTHORIZATIONS_PER_ADDRESS": "0",
            "PAIRGRANT_TEST_POINT": str(tmp_path / "point"),
            "PAIRGRANT_TEST_CHANGES": " ".join(CHANGES),
        }
        world = World(engine, database, tmp_path, programs, closing, None, port, environment)  # type: ignore[arg-type]
        world.http = await closing.enter_async_context(world.client())
        world.die_at("")
        yield world
        for process in (world.server, world.command_process):
            if process is not None:
                process.kill()
                await asyncio.to_thread(process.wait, PATIENCE)


@pytest.fixture
async def world(new_world: World, password_hash: str, server_keys: ServerKeys) -> World:
    """A running server with the user alice and the clients lobby-tv and signage.

    Their profile is ``open``, because each person has an address of their own, and no approval is held.
    """
    key_file = new_world.folder / "server.key"
    key_file.touch(0o600)
    key_file.write_text(f"{server_keys.text}\n")
    store = await new_world.open_store()
    now = time.time()
    for key in server_keys.signing_keys:
        assert await store.add_signing_key(key, unless_since=0)
    assert await store.add_user(User("u-alice", "alice", password_hash, now, "Alice Liddell"))
    for client_id in ("lobby-tv", "signage"):
        client = Client(client_id, "A screen", DEVICE_GRANTS, SCOPE, now, policy=ClientPolicy(profile="open"))
        assert await store.add_client(client)
    await store.close()
    await new_world.start()
    return new_world
