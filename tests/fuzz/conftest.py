"""The server that is fuzzed. It is the same every time, and done in seconds.

``PAIRGRANT_FUZZ=5000 uv run pytest tests/fuzz`` sends that many
random requests of each kind to each path; they differ from run to run.
"""

import asyncio
import json
import logging
import random
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import pytest
import structlog
from argon2 import PasswordHasher
from joserfc.jwk import ECKey
from nicegui import Client as NiceGuiClient
from nicegui import app as nicegui_app

from pairgrant_protocol.secret import Secret
from pairgrant_protocol.vocabulary import GrantType
from pairgrant_server.accounts.passwords import Passwords
from pairgrant_server.accounts.people import People
from pairgrant_server.app import build_app
from pairgrant_server.authorization_server.build import assemble
from pairgrant_server.authorization_server.clients.clients import Clients
from pairgrant_server.authorization_server.device_flow.held_polls import HeldPolls
from pairgrant_server.authorization_server.model.client_policy import AssertionIssuer, ClientPolicy
from pairgrant_server.authorization_server.model.records import Identity
from pairgrant_server.authorization_server.secrets.server_key import ServerKey
from pairgrant_server.authorization_server.store.sqlite.store import SqliteStore
from pairgrant_server.backend import Backend
from pairgrant_server.resource_server.notice_boards import NoticeBoards
from pairgrant_server.settings import Settings
from tests.fuzz.world import CALLBACK, NOW, SCOPE, URL, World, immediately

PASSWORD = "correct horse battery"
SECRET = "the secret of a confidential client"
ASSERTER = "https://idp.example"


class Complaints(logging.Handler):
    def __init__(self, into: list[str]) -> None:
        super().__init__(logging.WARNING)
        self._into = into

    def emit(self, record: logging.LogRecord) -> None:
        self._into.append(self.format(record))


async def _add_clients(clients: Clients, keys: tuple[ECKey, ECKey]) -> None:
    everything: dict[str, Any] = {
        "grant_types": frozenset(GrantType) - {GrantType.CLIENT_CREDENTIALS, GrantType.JWT_BEARER},
        "scope": SCOPE,
        "redirect_uris": (CALLBACK, "http://127.0.0.1/callback"),
    }
    leads = ClientPolicy(post_logout_redirect_uris=("https://app.example/",), optional_scope=("email",))
    await clients.add("app", "App", secret=None, policy=leads, **everything)
    await clients.add("web", "Web", secret=Secret(SECRET), **everything)
    await clients.add("bound", "Bound", secret=None, policy=ClientPolicy(requires_dpop=True), **everything)
    jwks = [json.dumps({"keys": [one.as_dict(private=False)]}) for one in keys]
    await clients.add(
        "signer",
        "Signer",
        secret=None,
        jwks=jwks[0],
        grant_types=frozenset(GrantType) - {GrantType.AUTHORIZATION_CODE},
        scope=SCOPE,
        policy=ClientPolicy(assertion_issuers=(AssertionIssuer(ASSERTER, jwks[1]),)),
    )


async def _backend(folder: Path, chance: random.Random, keys: tuple[ECKey, ECKey]) -> Backend:
    settings = Settings.load(
        database=f"sqlite:///{folder / 'pairgrant.db'}",
        public_url=URL,
        device_authorizations_per_address=0,
        device_authorizations_per_client=0,
        authorization_requests_per_address=0,
        authorization_requests_per_client=0,
    )
    assert settings.sqlite_path is not None
    store = SqliteStore.open(settings.sqlite_path)
    key = ServerKey(Secret("test server key"))
    parts = await assemble(
        store,
        key,
        settings.for_server(),
        clock=lambda: NOW,
        random_bytes=chance.randbytes,
        held=HeldPolls(call_later=immediately),
    )
    passwords = Passwords(PasswordHasher(time_cost=1, memory_cost=8, parallelism=1), pause=no_pause)
    people = People(store, passwords, lambda: NOW)
    alice = await people.add("alice", Secret(PASSWORD), "Alice Liddell", "alice@example.org")
    await store.add_identity(Identity(ASSERTER, "alice", alice.user_id, NOW))
    await _add_clients(parts.clients, keys)
    return Backend(settings, store, key, parts, people, NoticeBoards(store, lambda: NOW))


async def no_pause(seconds: float) -> None:
    """No delay of a limit is waited for."""


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    chance = random.Random(8628)
    keys = (ECKey.generate_key("P-256"), ECKey.generate_key("P-256"))
    with ExitStack() as ending:
        runner = ending.enter_context(asyncio.Runner())
        backend = runner.run(_backend(tmp_path_factory.mktemp("fuzz"), chance, keys))
        app: Any = build_app(backend, clock=lambda: NOW, pages_per_minute=10**9, pause=no_pause)
        world = World(runner, backend, app, *keys, chance)
        _listen(world, ending)
        lifespan = nicegui_app.router.lifespan_context(nicegui_app)
        runner.run(_entered(lifespan))
        yield world
        for client in list(NiceGuiClient.instances.values()):
            client.delete()
        runner.run(_left(lifespan))
        nicegui_app._shutdown_handlers.clear()  # each start adds its own, and a process usually starts once
        runner.run(backend.store.close())


async def _entered(context: Any) -> None:
    await context.__aenter__()


async def _left(context: Any) -> None:
    await context.__aexit__(None, None, None)


def _listen(world: World, ending: ExitStack) -> None:
    """Collect everything that is logged, by us or by a library, and what asyncio reports as unhandled."""

    def ours(_: Any, level: str, event: Any) -> Any:
        world.log.append(repr(event))
        if level in {"error", "critical", "exception"} or "exc_info" in event:
            world.complaints.append(repr(event))
        raise structlog.DropEvent

    before = structlog.get_config()
    structlog.configure(processors=[ours])
    ending.callback(structlog.configure, **before)
    handler = Complaints(world.complaints)
    logging.getLogger().addHandler(handler)
    ending.callback(logging.getLogger().removeHandler, handler)

    async def set_handler() -> None:
        asyncio.get_running_loop().set_exception_handler(
            lambda _, context: world.complaints.append(repr(context))
        )

    world.run(set_handler())
