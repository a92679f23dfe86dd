"""A site at which people may also sign in with Example & Co., a provider that does whatever a test tells it
to.
"""

from typing import Any

import pytest

from pairgrant_server.accounts.upstream.upstream_accounts import UpstreamAccounts
from pairgrant_server.accounts.upstream.upstreams import Upstreams
from pairgrant_server.backend import Backend
from tests.authorization_server.hand_clock import HandClock
from tests.fake_provider import FakeProvider
from tests.pages.pairing.upstream.trip import Trip


@pytest.fixture
def provider(clock: HandClock) -> FakeProvider:
    return FakeProvider(clock=clock)


@pytest.fixture
def trip(provider: FakeProvider) -> Trip:
    return Trip(provider)


@pytest.fixture
def app_options(provider: FakeProvider) -> dict[str, Any]:
    return {"connect_upstream": provider.connect}


@pytest.fixture
def upstreams(backend: Backend, clock: HandClock) -> Upstreams:
    return Upstreams(backend.store, backend.server_key, clock)


@pytest.fixture
def accounts(backend: Backend, clock: HandClock) -> UpstreamAccounts:
    return UpstreamAccounts(backend.store, clock)


@pytest.fixture(autouse=True)
async def _example(upstreams: Upstreams, provider: FakeProvider) -> None:
    await upstreams.add(
        "example", issuer=provider.issuer, client_id="pairgrant", label="Example & Co.", creates_accounts=True
    )
