"""The device cancels while a person is at the site: each page says that it left, and what to do."""

import pytest

from pairgrant_protocol.device_grant import GrantStatus
from pairgrant_server.authorization_server.device_flow.approval import HOLD_SECONDS
from pairgrant_server.pages.pairing.code_form import NO_SUCH_CODE
from pairgrant_server.pages.pairing.sign_in_form import DEVICE_LEFT
from tests.pages.site_under_test import Browser, Pairing, SiteUnderTest, leads_to

TITLE = "<h1>The device stopped waiting</h1>"
FAR = "198.51.100.20"


@pytest.fixture
async def pairing(site: SiteUnderTest) -> Pairing:
    return await site.start_pairing()


async def cancel(site: SiteUnderTest, pairing: Pairing) -> None:
    device = (await site.browser()).http
    form = {"client_id": "lobby-tv", "token": pairing.device_code, "token_type_hint": "device_code"}
    assert (await device.post("/revoke", data=form)).status_code == 200


async def test_consent_page_leads_to_the_outcome_at_once(
    site: SiteUnderTest, alices: Browser, pairing: Pairing
) -> None:
    await alices.follow(await alices.enter(pairing.user_code))
    live = site.live_page(alices.page)
    await cancel(site, pairing)
    await live.tick()
    assert live.went_to == ["/outcome"]
    page = await alices.open("/outcome")
    assert TITLE in page.text
    assert "Nothing was connected." in page.text
    assert 'href="/device">Enter the new code' in page.text


@pytest.mark.parametrize("decision", ["approve", "deny"])
async def test_decision_posted_after_the_cancellation_is_told_the_same(
    site: SiteUnderTest, alices: Browser, pairing: Pairing, decision: str
) -> None:
    await alices.follow(await alices.enter(pairing.user_code))
    await cancel(site, pairing)
    page = await alices.follow(await alices.submit("/consent", decision=decision))
    assert page.url.path == "/outcome"
    assert TITLE in page.text
    assert await site.backend.parts.devices.of_user((await site.user("alice")).user_id) == []


async def test_outcome_page_after_the_approval_says_it_at_once(
    site: SiteUnderTest, alices: Browser, pairing: Pairing
) -> None:
    await alices.follow(await alices.enter(pairing.user_code))
    await alices.follow(await alices.submit("/consent", decision="approve"))
    live = site.live_page(alices.page)
    assert "Your device is finishing" in live.html
    await cancel(site, pairing)
    await live.tick()
    assert TITLE in live.html
    assert live.has_stopped
    assert (await pairing.poll())["error"] == "access_denied"


async def test_approval_on_hold_ends_with_the_device_that_asked(site: SiteUnderTest, alices: Browser) -> None:
    pairing = await site.start_pairing(address=FAR)
    await alices.follow(await alices.enter(pairing.user_code))
    page = await alices.follow(await alices.submit("/consent", decision="approve"))
    assert "Approved, but not in effect yet" in page.text
    live = site.live_page(alices.page)
    await cancel(site, pairing)
    await live.tick()
    assert TITLE in live.html
    assert "/undo" not in live.html
    assert TITLE in (await alices.open("/outcome")).text
    site.clock.now += HOLD_SECONDS
    assert (await pairing.poll())["error"] == "access_denied"


async def test_account_that_did_not_approve_is_told_the_same(
    site: SiteUnderTest, alices: Browser, pairing: Pairing
) -> None:
    bobs = await site.browser()
    await bobs.follow(await bobs.enter(pairing.user_code))
    await bobs.sign_in("bob")
    await alices.follow(await alices.enter(pairing.user_code))
    await alices.submit("/consent", decision="approve")
    await cancel(site, pairing)
    assert TITLE in (await bobs.open("/outcome")).text


class TestBeforeTheSignIn:
    async def test_sign_in_page_says_it_when_it_is_loaded_again(
        self, site: SiteUnderTest, browser: Browser, pairing: Pairing
    ) -> None:
        await browser.follow(await browser.enter(pairing.user_code))
        assert "to connect a device" in browser.page.text
        await cancel(site, pairing)
        page = await browser.open("/signin")
        assert DEVICE_LEFT in page.text
        assert "to connect a device" not in page.text

    async def test_sign_in_after_the_cancellation_leads_to_the_outcome(
        self, site: SiteUnderTest, browser: Browser, pairing: Pairing
    ) -> None:
        await browser.follow(await browser.enter(pairing.user_code))
        await cancel(site, pairing)
        signed_in = await browser.submit("/signin", username="alice", password="correct horse")
        assert leads_to(signed_in) == "/outcome"
        assert TITLE in (await browser.follow(signed_in)).text

    async def test_wrong_password_after_the_cancellation_says_both(
        self, site: SiteUnderTest, browser: Browser, pairing: Pairing
    ) -> None:
        await browser.follow(await browser.enter(pairing.user_code))
        await cancel(site, pairing)
        page = await browser.submit("/signin", username="alice", password="wrong")
        assert page.status_code == 200
        assert DEVICE_LEFT in page.text

    async def test_browser_that_enters_the_code_again_is_told(
        self, site: SiteUnderTest, browser: Browser, pairing: Pairing
    ) -> None:
        await browser.follow(await browser.enter(pairing.user_code))
        await cancel(site, pairing)
        page = await browser.follow(await browser.enter(pairing.user_code))
        assert page.url.path == "/outcome"
        assert TITLE in page.text
        assert "<script" not in page.text

    async def test_browser_that_enters_another_code_is_not_led_away(
        self, site: SiteUnderTest, browser: Browser, pairing: Pairing
    ) -> None:
        await browser.follow(await browser.enter(pairing.user_code))
        await cancel(site, pairing)
        fresh = await site.start_pairing()
        site.clock.now += 1
        assert leads_to(await browser.enter(fresh.user_code)) == "/signin"
        assert DEVICE_LEFT not in (await browser.open("/signin")).text

    async def test_browser_that_never_looked_the_code_up_learns_nothing(
        self, site: SiteUnderTest, browser: Browser, alices: Browser, pairing: Pairing
    ) -> None:
        await cancel(site, pairing)
        for stranger in (browser, alices):
            page = await stranger.enter(pairing.user_code)
            assert page.status_code == 200
            assert NO_SUCH_CODE in page.text


class TestReport:
    async def test_sender_does_not_escape_a_report_by_cancelling(
        self, site: SiteUnderTest, alices: Browser, browser: Browser, pairing: Pairing
    ) -> None:
        for person in (alices, browser):
            await person.follow(await person.enter(pairing.user_code))
        await cancel(site, pairing)
        for person in (alices, browser):
            await person.follow(await person.enter(pairing.user_code))
            page = await person.submit("/report")
            assert page.status_code == 200
        pages = [report.page for report in await site.backend.store.reports(0)]
        assert pages == ["outcome"], "one pairing is reported once"
        assert (await site.backend.store.reports(0))[0].grant_id is not None

    async def test_report_of_a_cancelled_code_denies_it_by_no_account(
        self, site: SiteUnderTest, alices: Browser, pairing: Pairing
    ) -> None:
        await alices.follow(await alices.enter(pairing.user_code))
        grant = await site.grant(pairing)
        await cancel(site, pairing)
        await alices.open("/outcome")
        await alices.submit("/report")
        after = await site.backend.store.grant(grant.grant_id)
        assert after is not None
        assert (after.status, after.user_id) == (GrantStatus.DENIED, None)
