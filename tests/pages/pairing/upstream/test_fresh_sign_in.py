"""A request for a fresh sign-in is passed on to the provider and enforced."""

from urllib.parse import urlencode

import pytest

from pairgrant_protocol.secret import Secret
from pairgrant_protocol.vocabulary import GrantType
from tests.fake_provider import FakeProvider
from tests.pages.pairing.upstream.trip import Trip
from tests.pages.site_under_test import Browser, SiteUnderTest

BACK = "https://app.example/back"


@pytest.fixture
async def page(site: SiteUnderTest, browser: Browser) -> str:
    """The sign-in page behind an application's request with prompt=login."""
    await site.backend.parts.clients.add(
        "web",
        "A Web App",
        secret=Secret("the secret of a web application"),
        grant_types=frozenset({GrantType.AUTHORIZATION_CODE}),
        scope="openid",
        redirect_uris=(BACK,),
    )
    return await sign_in_page(browser, prompt="login")


async def sign_in_page(browser: Browser, **changes: str) -> str:
    asked = {
        "client_id": "web",
        "redirect_uri": BACK,
        "response_type": "code",
        "scope": "openid",
        "code_challenge": "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM",
        "code_challenge_method": "S256",
        **changes,
    }
    page = await browser.open("/authorize?" + urlencode(asked))
    assert page.url.path == "/signin", page.text
    return str(page.url.raw_path.decode())


async def test_required_fresh_sign_in_is_requested_and_accepted(
    trip: Trip, site: SiteUnderTest, browser: Browser, provider: FakeProvider, page: str
) -> None:
    provider.changes = {"auth_time": int(site.clock.now)}
    response = await trip.sign_in(browser, page)
    assert (provider.wanted["prompt"], provider.wanted["max_age"]) == ("login", "0")
    assert response.headers["location"].startswith("/authorize/consent?request=")
    await browser.follow(response)
    decided = await browser.submit("/authorize/consent", decision="approve")
    assert decided.headers["location"].startswith(f"{BACK}?code=")


@pytest.mark.parametrize("auth_time", [None, 1_790_000_000 - 3600])
async def test_old_session_at_the_provider_is_not_a_fresh_sign_in(
    trip: Trip, browser: Browser, provider: FakeProvider, page: str, auth_time: int | None
) -> None:
    provider.changes = {"auth_time": auth_time}
    response = await trip.sign_in(browser, page)
    assert (response.status_code, "Please sign in to" in response.text) == (403, True)
    assert not await trip.is_signed_in(browser)


async def test_max_age_requires_a_fresh_sign_in_upstream_too(
    trip: Trip, browser: Browser, provider: FakeProvider, page: str
) -> None:
    await trip.sign_in(browser, await sign_in_page(browser, max_age="300"))
    assert provider.wanted["prompt"] == "login"


async def test_ordinary_sign_in_requests_no_fresh_one(
    trip: Trip, browser: Browser, provider: FakeProvider, page: str
) -> None:
    response = await trip.sign_in(browser, await sign_in_page(browser))
    assert "prompt" not in provider.wanted
    assert response.status_code == 303
