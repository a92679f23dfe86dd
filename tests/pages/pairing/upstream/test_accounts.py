"""Whose account it is: by issuer and subject alone, and never one that is locked."""

import re

from pairgrant_server.accounts.upstream.upstreams import Upstreams
from tests.fake_provider import FakeProvider
from tests.pages.pairing.upstream.trip import Trip
from tests.pages.site_under_test import Browser, SiteUnderTest

ISSUER = "https://accounts.example"
FORGED = 400


class TestAccounts:
    async def test_an_address_opens_nobodys_account(
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

    async def test_userinfo_is_asked_where_the_token_says_too_little(
        self, trip: Trip, site: SiteUnderTest, browser: Browser, provider: FakeProvider
    ) -> None:
        provider.profile = {}
        provider.userinfo = {"email": "zoe@example.org", "email_verified": True, "name": "Zoë"}
        assert (await trip.sign_in(browser)).status_code == 303
        zoe = await site.user("zoe")
        assert (zoe.display_name, zoe.email) == ("Zoë", "zoe@example.org")

    async def test_userinfo_of_somebody_else_is_refused(
        self, trip: Trip, browser: Browser, provider: FakeProvider
    ) -> None:
        provider.profile, provider.userinfo = {}, {"sub": "somebody else"}
        assert (await trip.sign_in(browser)).status_code == FORGED
        assert not await trip.is_signed_in(browser)

    async def test_who_has_no_name_there_has_one_here(
        self, trip: Trip, site: SiteUnderTest, browser: Browser, provider: FakeProvider
    ) -> None:
        provider.profile = {}
        await trip.sign_in(browser)
        (name,) = {user.username for user in await site.backend.people.users()} - {"alice", "bob"}
        assert re.fullmatch(r"person-[0-9a-f]{8}", name)

    async def test_where_none_are_made_a_stranger_is_told(
        self, trip: Trip, site: SiteUnderTest, browser: Browser, provider: FakeProvider, upstreams: Upstreams
    ) -> None:
        await upstreams.remove("example")
        await upstreams.add("example", issuer=ISSUER, client_id="pairgrant", creates_accounts=False)
        answer = await trip.sign_in(browser)
        assert answer.status_code == 403
        assert "You don&#39;t have an account here" in answer.text
        assert len(await site.backend.people.users()) == 2
        assert not await trip.is_signed_in(browser)

    async def test_a_locked_person_stays_out(
        self, trip: Trip, site: SiteUnderTest, provider: FakeProvider
    ) -> None:
        await trip.sign_in(await site.browser())
        await site.backend.people.set_locked("zoe", locked=True)
        browser = await site.browser()
        answer = await trip.sign_in(browser)
        assert (answer.status_code, "This account is locked" in answer.text) == (403, True)
        assert not await trip.is_signed_in(browser)

    async def test_a_removed_provider_signs_nobody_in(
        self, trip: Trip, browser: Browser, provider: FakeProvider, upstreams: Upstreams
    ) -> None:
        uri = provider.authorize(await trip.leave(browser))
        await upstreams.remove("example")
        assert (await trip.come_back(browser, uri)).status_code == 404
