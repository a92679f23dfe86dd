"""Signing in at another provider, from the button to the session."""

import asyncio
import re

import pytest

from pairgrant_protocol.secret import Secret
from pairgrant_server.accounts.upstream.upstream_accounts import UpstreamAccounts
from pairgrant_server.accounts.upstream.upstreams import Upstreams
from pairgrant_server.authorization_server.secrets.server_key import digest
from pairgrant_server.pages.site.out_of_date import SEND_AGAIN
from tests.fake_provider import FakeProvider
from tests.pages.pairing.upstream.trip import Trip
from tests.pages.site_under_test import Browser, SiteUnderTest, is_signed_in, leads_to

ISSUER = "https://accounts.example"
BUTTON = "/signin/with/example"
CALLBACK = "https://pair.example/signin/from/example"


class TestRedirectToTheProvider:
    async def test_sign_in_page_offers_the_provider_below_the_password(self, browser: Browser) -> None:
        page = await browser.open("/signin")
        text = page.text
        assert text.index('name="password"') < text.index("Sign in with Example &amp; Co.")
        assert "form-action 'self'" in page.headers["content-security-policy"]
        assert "accounts.example" not in page.headers["content-security-policy"]

    async def test_sign_in_page_without_providers_offers_none(
        self, browser: Browser, upstreams: Upstreams
    ) -> None:
        assert await upstreams.remove("example")
        assert "Sign in with" not in (await browser.open("/signin")).text

    async def test_authorization_request_has_pkce_state_and_nonce(
        self, trip: Trip, browser: Browser, provider: FakeProvider
    ) -> None:
        uri = await trip.leave(browser)
        assert uri.startswith(f"{ISSUER}/authorize?")
        provider.authorize(uri)
        wanted = provider.wanted
        random = [wanted.pop(name) for name in ("state", "nonce", "code_challenge")]
        assert all(re.fullmatch(r"[A-Za-z0-9_-]{43}", value) for value in random)
        assert len(set(random)) == 3
        assert wanted == {
            "response_type": "code",
            "client_id": "pairgrant",
            "redirect_uri": CALLBACK,
            "scope": "openid profile email",
            "code_challenge_method": "S256",
        }

    async def test_pending_sign_in_is_stored_sealed(
        self, trip: Trip, site: SiteUnderTest, browser: Browser, provider: FakeProvider
    ) -> None:
        provider.authorize(await trip.leave(browser))
        row = await site.backend.store.session(digest(Secret(browser.cookie)))
        assert row is not None
        assert row.sealed_upstream is not None
        assert provider.wanted["state"].encode() not in row.sealed_upstream

    @pytest.mark.parametrize("token", ["", "x" * 43])
    async def test_provider_button_needs_the_csrf_token(
        self, browser: Browser, provider: FakeProvider, token: str
    ) -> None:
        await browser.open("/signin")
        page = await browser.submit(BUTTON, csrf_token=token)
        assert SEND_AGAIN in page.text
        assert provider.asked == []

    async def test_provider_button_needs_our_origin(self, browser: Browser, provider: FakeProvider) -> None:
        await browser.open("/signin")
        fields = browser.forms()[BUTTON]
        response = await browser.post(BUTTON, fields, origin="https://evil.example")
        assert response.status_code == 403
        assert provider.asked == []

    @pytest.mark.parametrize("path", ["/signin/with/nobody", "/signin/with/Example", "/signin/with/a/b"])
    async def test_unknown_provider_is_404(self, browser: Browser, path: str) -> None:
        await browser.open("/signin")
        assert (await browser.post(path, browser.forms()[BUTTON])).status_code == 404
        assert (await browser.http.get("/signin/from/nobody?code=x&state=y")).status_code == 404

    async def test_page_that_forwards_says_so_only_after_the_button(self, browser: Browser) -> None:
        assert (await browser.http.get(BUTTON)).headers["location"] == "/signin"

    async def test_redirect_uri_takes_no_form(self, browser: Browser) -> None:
        await browser.open("/signin")
        fields = browser.forms()[BUTTON]
        assert (await browser.post("/signin/from/example", fields)).status_code == 405


class TestReturnFromTheProvider:
    async def test_first_sign_in_creates_an_account(
        self, trip: Trip, site: SiteUnderTest, browser: Browser, provider: FakeProvider
    ) -> None:
        response = await trip.sign_in(browser)
        assert (response.status_code, response.headers["location"]) == (303, "/devices")
        assert await trip.is_signed_in(browser)
        zoe = await site.user("zoe")
        assert (zoe.display_name, zoe.email, zoe.password_hash) == ("Zoë Z.", None, "")

    async def test_later_sign_in_finds_the_account_despite_new_claims(
        self, trip: Trip, site: SiteUnderTest, provider: FakeProvider
    ) -> None:
        for name in ("zoe", "zelda"):
            provider.profile = {"preferred_username": name}
            assert is_signed_in(await trip.sign_in(await site.browser()))
        assert [user.username for user in await site.backend.people.users()] == ["alice", "bob", "zoe"]

    async def test_upstream_sign_in_starts_a_new_session(
        self, trip: Trip, site: SiteUnderTest, browser: Browser, provider: FakeProvider
    ) -> None:
        uri = provider.authorize(await trip.leave(browser))
        planted = browser.cookie
        await trip.come_back(browser, uri)
        assert browser.cookie != planted
        attacker = await site.browser()
        attacker.http.cookies.set("__Host-pairgrant", planted, domain="pair.example")
        assert not await trip.is_signed_in(attacker)

    async def test_looked_up_code_survives_the_upstream_sign_in(
        self, trip: Trip, site: SiteUnderTest, browser: Browser, provider: FakeProvider
    ) -> None:
        pairing = await site.start_pairing()
        await browser.enter(pairing.user_code)
        response = await trip.sign_in(browser)
        assert leads_to(response) == "/consent"
        assert (await pairing.poll())["pairing_stage"] == "confirming"
        page = await browser.follow(response)
        assert pairing.user_code in page.text
        await browser.submit("/consent", decision="approve")
        assert "access_token" in await pairing.poll()

    async def test_waiting_code_is_looked_up_after_the_upstream_sign_in(
        self, trip: Trip, site: SiteUnderTest, provider: FakeProvider
    ) -> None:
        """Strangers' guesses are spent: the code is looked up after the sign-in, whichever it is."""
        pairing = await site.start_pairing()
        browser = await site.browser()
        for _ in range(21):
            await browser.enter("BCDF-GHJK")
        await browser.enter(pairing.user_code)
        uri = re.search(r"url=(.*)", (await browser.submit(BUTTON)).headers["refresh"])[1]  # type: ignore[index]
        response = await trip.come_back(browser, provider.authorize(uri))
        assert leads_to(response) == "/consent"

    async def test_next_page_survives_the_upstream_sign_in(
        self, trip: Trip, browser: Browser, provider: FakeProvider
    ) -> None:
        assert (await trip.sign_in(browser, "/signin?next=/board")).headers["location"] == "/board"

    async def test_next_leads_nowhere_else(
        self, trip: Trip, browser: Browser, provider: FakeProvider
    ) -> None:
        await browser.open("/signin")
        response = await browser.submit(BUTTON, next="https://evil.example")
        uri = response.headers["refresh"].partition("url=")[2]
        assert (await trip.come_back(browser, provider.authorize(uri))).headers["location"] == "/devices"

    async def test_account_created_upstream_refuses_every_password(
        self, trip: Trip, site: SiteUnderTest, browser: Browser, provider: FakeProvider
    ) -> None:
        await trip.sign_in(browser)
        for password in ("", "zoe", "dummy"):
            assert (await (await site.browser()).sign_in("zoe", password)).status_code == 200

    async def test_existing_account_can_be_linked(
        self,
        trip: Trip,
        site: SiteUnderTest,
        browser: Browser,
        provider: FakeProvider,
        accounts: UpstreamAccounts,
    ) -> None:
        alice = await site.user("alice")
        await accounts.link(alice, ISSUER, provider.subject)
        assert is_signed_in(await trip.sign_in(browser))
        assert await trip.is_signed_in(browser)
        assert len(await site.backend.people.users()) == 2
        assert is_signed_in(await (await site.browser()).sign_in()), "and has the password too"

    async def test_two_concurrent_first_sign_ins_create_one_account(
        self, trip: Trip, site: SiteUnderTest, provider: FakeProvider
    ) -> None:
        browsers = [await site.browser() for _ in range(4)]
        uris = [provider.authorize(await trip.leave(browser)) for browser in browsers]
        responses = await asyncio.gather(*map(trip.come_back, browsers, uris))
        assert [response.status_code for response in responses] == [303] * 4
        assert len(await site.backend.people.users()) == 3

    @pytest.mark.parametrize("methods", [["client_secret_post"], ["client_secret_basic"], None])
    async def test_client_secret_is_sent_by_the_providers_method(
        self,
        trip: Trip,
        browser: Browser,
        provider: FakeProvider,
        upstreams: Upstreams,
        methods: list[str] | None,
    ) -> None:
        provider.client_secret = "a secret: with % and ü"
        provider.discovery = {"token_endpoint_auth_methods_supported": methods}
        await upstreams.remove("example")
        await upstreams.add(
            "example",
            issuer=ISSUER,
            client_id="pairgrant",
            client_secret=Secret(provider.client_secret),
            creates_accounts=True,
        )
        assert is_signed_in(await trip.sign_in(browser))

    async def test_provider_documents_are_cached(
        self, trip: Trip, site: SiteUnderTest, provider: FakeProvider
    ) -> None:
        for _ in range(3):
            await trip.sign_in(await site.browser())
        assert [path for path in provider.asked if path != "/token"] == [
            "/.well-known/openid-configuration",
            "/jwks",
        ]


async def test_upstream_sign_in_logs_no_secret(
    trip: Trip,
    site: SiteUnderTest,
    browser: Browser,
    provider: FakeProvider,
    capsys: pytest.CaptureFixture[str],
) -> None:
    uri = provider.authorize(await trip.leave(browser))
    await trip.come_back(browser, uri)
    await trip.sign_in(await site.browser(), error="server_error")
    said = "".join(capsys.readouterr())
    assert "/signin/from/example" in said
    assert "upstream sign-in ended" in said
    for secret in [*re.findall(r"(?:code|state)=([^&]+)", uri), provider.wanted["state"], "the access token"]:
        assert secret not in said
