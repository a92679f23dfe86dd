"""Authorization responses that do not match this browser's sign-in: forged, replayed, late or mixed up."""

import asyncio

import pytest

from pairgrant_server.accounts.upstream.attempt import LIFETIME, REPEATED
from pairgrant_server.accounts.upstream.upstreams import Upstreams
from tests.fake_provider import FakeProvider
from tests.pages.pairing.upstream.trip import Trip
from tests.pages.site_under_test import Browser, SiteUnderTest, leads_to

ISSUER = "https://accounts.example"
FORGED, OVER, UNAVAILABLE = 400, 410, 503


class TestInvalidResponses:
    """None of them signs anybody in; and those that anyone can make don't end an honest sign-in."""

    async def test_response_with_another_state_is_refused(
        self, trip: Trip, browser: Browser, provider: FakeProvider
    ) -> None:
        uri = await trip.leave(browser)
        for state in (None, "", "x" * 43, "é"):
            response = await trip.come_back(browser, provider.authorize(uri, state=state))
            assert (response.status_code, "could not be verified" in response.text) == (FORGED, True)
        assert "/token" not in provider.asked
        assert (await trip.come_back(browser, provider.authorize(uri))).status_code == 303, (
            "it is still under way"
        )

    async def test_response_of_another_browser_is_refused(
        self, trip: Trip, site: SiteUnderTest, browser: Browser, provider: FakeProvider
    ) -> None:
        """Login CSRF: an attacker's own response, opened in the victim's browser."""
        attackers = provider.authorize(await trip.leave(await site.browser()))
        assert (await trip.come_back(browser, attackers)).status_code == OVER
        await trip.leave(browser)
        assert (await trip.come_back(browser, attackers)).status_code == FORGED
        assert not await trip.is_signed_in(browser)

    async def test_response_is_accepted_once(
        self, trip: Trip, site: SiteUnderTest, browser: Browser, provider: FakeProvider
    ) -> None:
        uri = provider.authorize(await trip.leave(browser))
        stolen = browser.cookie
        assert (await trip.come_back(browser, uri)).status_code == 303
        assert (await trip.come_back(browser, uri)).status_code == OVER
        thief = await site.browser()
        thief.http.cookies.set("__Host-pairgrant", stolen, domain="pair.example")
        assert (await trip.come_back(thief, uri)).status_code == OVER
        assert provider.asked.count("/token") == 1

    async def test_page_about_a_response_does_not_contain_its_code(
        self, trip: Trip, browser: Browser, provider: FakeProvider
    ) -> None:
        uri = provider.authorize(await trip.leave(browser), state="x" * 43)
        page = await trip.come_back(browser, uri)
        assert "code=" in uri
        assert "code=" not in page.text

    async def test_one_of_two_concurrent_responses_is_accepted(
        self, trip: Trip, browser: Browser, provider: FakeProvider
    ) -> None:
        uri = provider.authorize(await trip.leave(browser))
        responses = await asyncio.gather(trip.come_back(browser, uri), trip.come_back(browser, uri))
        assert sorted(response.status_code for response in responses) == [303, OVER]
        assert provider.asked.count("/token") == 1

    async def test_response_after_ten_minutes_is_refused(
        self, trip: Trip, site: SiteUnderTest, browser: Browser, provider: FakeProvider
    ) -> None:
        uri = provider.authorize(await trip.leave(browser))
        site.clock.now += LIFETIME
        assert (await trip.come_back(browser, uri)).status_code == OVER
        assert "/token" not in provider.asked

    async def test_second_sign_in_replaces_the_first(
        self, trip: Trip, site: SiteUnderTest, browser: Browser, provider: FakeProvider
    ) -> None:
        first = await trip.leave(browser)
        site.clock.now += REPEATED  # before that, it would be a second tap
        second = await trip.leave(browser)
        assert (await trip.come_back(browser, provider.authorize(first))).status_code == FORGED
        assert (await trip.come_back(browser, provider.authorize(second))).status_code == 303

    async def test_response_without_the_session_cookie_is_refused(
        self, trip: Trip, site: SiteUnderTest, browser: Browser, provider: FakeProvider
    ) -> None:
        uri = provider.authorize(await trip.leave(browser))
        assert (await trip.come_back(await site.browser(), uri)).status_code == OVER

    async def test_response_at_another_providers_redirect_uri_is_refused(
        self, trip: Trip, browser: Browser, provider: FakeProvider, upstreams: Upstreams
    ) -> None:
        """Mix-up: each provider has an address of its own, and an response counts at that one alone."""
        await upstreams.add(
            "evil", issuer="https://evil.example", client_id="pairgrant", creates_accounts=True
        )
        uri = provider.authorize(await trip.leave(browser)).replace("/from/example", "/from/evil")
        assert (await trip.come_back(browser, uri)).status_code == FORGED

    @pytest.mark.parametrize("iss", ["https://evil.example", f"{ISSUER}/", None, ""])
    async def test_response_with_another_iss_is_refused(
        self, trip: Trip, browser: Browser, provider: FakeProvider, iss: str | None
    ) -> None:
        """Mix-up (RFC 9207): who says that it names itself has to."""
        assert (await trip.sign_in(browser, iss=iss)).status_code == FORGED
        assert "/token" not in provider.asked, "the code is not sent"

    @pytest.mark.parametrize(
        ("iss", "status"), [(None, 303), (ISSUER, 303), ("https://evil.example", FORGED)]
    )
    async def test_wrong_iss_is_refused_even_if_iss_is_optional(
        self, trip: Trip, browser: Browser, provider: FakeProvider, iss: str | None, status: int
    ) -> None:
        provider.discovery = {"authorization_response_iss_parameter_supported": None}
        assert (await trip.sign_in(browser, iss=iss)).status_code == status

    @pytest.mark.parametrize("twice", ["code", "state", "iss", "error"])
    async def test_response_with_a_repeated_parameter_is_refused(
        self, trip: Trip, browser: Browser, provider: FakeProvider, twice: str
    ) -> None:
        uri = provider.authorize(await trip.leave(browser), error="" if twice == "error" else None)
        assert (await trip.come_back(browser, f"{uri}&{twice}=x")).status_code == FORGED

    @pytest.mark.parametrize("code", [None, "", "c" * 5000])
    async def test_response_without_a_code_is_refused(
        self, trip: Trip, browser: Browser, provider: FakeProvider, code: str | None
    ) -> None:
        assert (await trip.sign_in(browser, code=code)).status_code == FORGED

    @pytest.mark.parametrize(
        ("error", "status", "title"),
        [
            ("access_denied", 403, "Sign-in cancelled"),
            ("login_required", 403, "Sign-in cancelled"),
            ("server_error", UNAVAILABLE, "Example &amp; Co. is not available right now"),
            ("<script>alert(1)</script>", UNAVAILABLE, "Example &amp; Co. is not available right now"),
        ],
    )
    async def test_error_response_is_explained(
        self, trip: Trip, browser: Browser, error: str, status: int, title: str
    ) -> None:
        response = await trip.sign_in(browser, "/signin?next=/board", error=error)
        assert (response.status_code, f"<h1>{title}</h1>" in response.text) == (status, True)
        assert 'href="/signin?next=%2Fboard"' in response.text, "and back to what the person came for"
        assert "alert(1)" not in response.text
        assert not await trip.is_signed_in(browser)

    async def test_cancelled_sign_in_keeps_the_user_code(
        self, trip: Trip, site: SiteUnderTest, browser: Browser, provider: FakeProvider
    ) -> None:
        pairing = await site.start_pairing()
        await browser.enter(pairing.user_code)
        await trip.sign_in(browser, error="access_denied")
        assert "to connect a device" in (await browser.open("/signin")).text
        assert leads_to(await browser.sign_in()) == "/consent"

    @pytest.mark.parametrize("code", ["invented", "c" * 4000])
    async def test_unknown_authorization_code_is_refused(
        self, trip: Trip, browser: Browser, provider: FakeProvider, code: str
    ) -> None:
        assert (await trip.sign_in(browser, code=code)).status_code == OVER
