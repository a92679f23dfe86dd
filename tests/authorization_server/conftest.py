"""An authorization server on a real database, with a clock set by hand, called over ASGI."""

from collections.abc import AsyncIterator
from pathlib import Path

import httpx
import pytest

from pairgrant_protocol.secret import Secret
from pairgrant_protocol.vocabulary import GrantType
from pairgrant_server.authorization_server.build import assemble
from pairgrant_server.authorization_server.device_flow.held_polls import HeldPolls
from pairgrant_server.authorization_server.model.settings import ServerSettings
from pairgrant_server.authorization_server.secrets.server_key import ServerKey
from pairgrant_server.authorization_server.store.sqlite.store import SqliteStore
from tests.authorization_server.hand_clock import HandClock, HandTimers
from tests.authorization_server.server_under_test import ALICE, DEVICE_GRANTS, ISSUER, SCOPE, ServerUnderTest
from tests.authorization_server.signer import MakeSigner, Signer, key_of


@pytest.fixture
def settings() -> ServerSettings:
    """Overridden by parametrized tests that need other durations."""
    return ServerSettings(ISSUER)


@pytest.fixture
async def server(tmp_path: Path, settings: ServerSettings) -> AsyncIterator[ServerUnderTest]:
    clock = HandClock()
    store = SqliteStore.open(tmp_path / "pairgrant.db")
    timers = HandTimers()
    parts = await assemble(
        store,
        ServerKey(Secret("server key " * 4)),
        settings,
        clock=clock,
        held=HeldPolls(most=3, call_later=timers),
    )
    await store.add_user(ALICE)
    await parts.clients.add("lobby-tv", "Lobby TV", secret=None, grant_types=DEVICE_GRANTS, scope=SCOPE)
    await parts.clients.add(
        "signage",
        "Signage",
        secret=Secret("s3cret with / and + and %"),
        grant_types=DEVICE_GRANTS,
        scope="board:read offline_access",
    )
    await parts.clients.add(
        "no-device",
        "No device grant",
        secret=None,
        grant_types=frozenset({GrantType.REFRESH_TOKEN}),
        scope=SCOPE,
    )
    transport = httpx.ASGITransport(parts.endpoints, client=("192.0.2.7", 40000))
    async with httpx.AsyncClient(transport=transport, base_url=ISSUER) as http:
        yield ServerUnderTest(parts, store, http, clock, settings, timers)
    await store.close()


@pytest.fixture
def signer_of() -> MakeSigner:
    """``signer_of(algorithm, kid, number)``; two with the same algorithm and number have the same key."""

    def make(algorithm: str = "ES256", kid: str | None = "k1", number: int = 1) -> Signer:
        return Signer(key_of(algorithm, number), algorithm, kid)

    return make
