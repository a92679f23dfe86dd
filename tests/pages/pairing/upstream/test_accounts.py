"""Upstream identities and accounts: linked by issuer and subject, never into a locked account."""

import re

from pairgrant_server.accounts.upstream.upstreams import Upstreams
from tests.fake_provider import FakeProvider
from tests.pages.pairing.upstream.trip import Trip
from tests.pages.site_under_test import Browser, SiteUnderTest, is_signed_in

ISSUER = "https://accounts.example"
FORGED = 400


class TestAccounts:
    async def test_email_address_never_matches_an_existing_account(
        self, trip: Trip, site: SiteUnderTest, browser: Browser, provider: FakeProvider
    ) -> None:
        """Alice's address, said by someone else's account there, and her name too."""
        provider.profile = {
            "preferred_username": "Alice",
            "email": "alice@example.org",
            "email_verified": True,
            "name": "Alice Liddell",
        }
        await trip.sign_in(browser)
        names = [user.username for user in await site.backend.people.users()]
        assert sorted(names) == ["Alice-2", "alice", "bob"]
        alice = await site.user("alice")
        assert await site.backend.store.identities(alice.user_id) == []

    async def test_userinfo_is_fetched_if_the_id_token_has_no_name(
        self, trip: Trip, site: SiteUnderTest, browser: Browser, provider: FakeProvider
    ) -> None:
        provider.profile = {}
        provider.userinfo = {"email": "zoe@example.org", "email_verified": True, "name": "Zoë"}
        assert is_signed_in(await trip.sign_in(browser))
        zoe = await site.user("zoe")
        assert (zoe.display_name, zoe.email) == ("Zoë", "zoe@example.org")

    async def test_userinfo_with_another_sub_is_refused(
        self, trip: Trip, browser: Browser, provider: FakeProvider
    ) -> None:
        provider.profile, provider.userinfo = {}, {"sub": "somebody else"}
        assert (await trip.sign_in(browser)).status_code == FORGED
        assert not await trip.is_signed_in(browser)

    async def test_user_without_a_name_gets_a_generated_username(
        self, trip: Trip, site: SiteUnderTest, browser: Browser, provider: FakeProvider
    ) -> None:
        provider.profile = {}
        await trip.sign_in(browser)
        (name,) = {user.username for user in await site.backend.people.users()} - {"alice", "bob"}
        assert re.fullmatch(r"person-[0-9a-f]{8}", name)

    async def test_unknown_identity_is_refused_if_accounts_are_not_created(
        self, trip: Trip, site: SiteUnderTest, browser: Browser, provider: FakeProvider, upstreams: Upstreams
    ) -> None:
        await upstreams.remove("example")
        await upstreams.add("example", issuer=ISSUER, client_id="pairgrant")
        response = await trip.sign_in(browser)
        assert response.status_code == 403
        assert "You don&#39;t have an account here" in response.text
        assert len(await site.backend.people.users()) == 2
        assert not await trip.is_signed_in(browser)

    async def test_locked_account_can_not_sign_in_upstream(
        self, trip: Trip, site: SiteUnderTest, provider: FakeProvider
    ) -> None:
        await trip.sign_in(await site.browser())
        await site.backend.people.set_locked("zoe", locked=True)
        browser = await site.browser()
        response = await trip.sign_in(browser)
        assert (response.status_code, "This account is locked" in response.text) == (403, True)
        assert not await trip.is_signed_in(browser)

    async def test_removed_provider_can_not_be_used(
        self, trip: Trip, browser: Browser, provider: FakeProvider, upstreams: Upstreams
    ) -> None:
        uri = provider.authorize(await trip.leave(browser))
        await upstreams.remove("example")
        assert (await trip.come_back(browser, uri)).status_code == 404
