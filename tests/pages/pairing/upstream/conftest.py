"""A site at which people may also sign in with Example & Co., a provider that does whatever a test tells it to."""

from dataclasses import dataclass
from html import unescape
from typing import Any

import httpx
import pytest

from pairgrant_server.accounts.upstream.upstream_accounts import UpstreamAccounts
from pairgrant_server.accounts.upstream.upstreams import Upstreams


@dataclass
class Trip:
    """From the sign-in page to the provider, and back."""

    provider: Any

    async def leave(self, browser: Any, page: str = "/signin") -> str:
        """Tap the button on ``page``; where the browser is led."""
        await browser.open(page)
        answer = await browser.submit("/signin/with/example")
        assert answer.status_code == 200, answer.text
        delay, _, uri = answer.headers["refresh"].partition("; url=")
        assert delay == "0"
        assert unescape(answer.text).count(f'href="{uri}"') == 1, "and for who lets no page lead on by itself"
        return str(uri)

    async def come_back(self, browser: Any, uri: str) -> httpx.Response:
        """The top-level GET by which a provider sends people back; the answer is not followed."""
        answer: httpx.Response = await browser.http.get(uri)
        return answer

    async def sign_in(self, browser: Any, page: str = "/signin", **changes: Any) -> httpx.Response:
        uri = await self.leave(browser, page)
        return await self.come_back(browser, self.provider.authorize(uri, **changes))

    async def is_signed_in(self, browser: Any) -> bool:
        return bool((await browser.open("/board")).url.path == "/board")


@pytest.fixture
def provider(fake_provider: Any, clock: Any) -> Any:
    return fake_provider.FakeProvider(clock=clock)


@pytest.fixture
def trip(provider: Any) -> Trip:
    return Trip(provider)


@pytest.fixture
def app_options(provider: Any) -> dict[str, Any]:
    return {"connect_upstream": provider.connect}


@pytest.fixture
def upstreams(backend: Any, clock: Any) -> Upstreams:
    return Upstreams(backend.store, backend.server_key, clock)


@pytest.fixture
def accounts(backend: Any, clock: Any) -> UpstreamAccounts:
    return UpstreamAccounts(backend.store, clock)


@pytest.fixture(autouse=True)
async def _example(upstreams: Upstreams, provider: Any) -> None:
    await upstreams.add("example", issuer=provider.issuer, client_id="pairgrant", label="Example & Co.")
