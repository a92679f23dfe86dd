"""An approval on weak evidence: explained before, undone in time, and confirmed by what the screen said."""

from typing import Any

import pytest

from pairgrant_protocol.device_grant import GrantStatus
from pairgrant_server.authorization_server.device_flow.approval import CONFIRM_SECONDS, HOLD_SECONDS
from pairgrant_server.authorization_server.device_flow.grant_secrets import GrantSecrets
from tests.pages.site_under_test import Browser, Pairing, SiteUnderTest, leads_to

FAR = "198.51.100.20"
QUESTION = "Did your screen just say “<bdi>Hello, Alice Liddell</bdi>”?"


async def approved(site: SiteUnderTest, browser: Browser, **pairing_options: Any) -> Pairing:
    """A device on another network, approved; its outcome page is open."""
    pairing = await site.start_pairing(**{"address": FAR, **pairing_options})
    await browser.follow(await browser.enter(pairing.user_code))
    await browser.follow(await browser.submit("/consent", decision="approve"))
    assert browser.page.url.path == "/outcome"
    return pairing


async def connected(site: SiteUnderTest, browser: Browser, **pairing_options: Any) -> Pairing:
    """The same after the hold, with tokens on the device."""
    pairing = await approved(site, browser, **pairing_options)
    site.clock.now += HOLD_SECONDS
    assert "access_token" in await pairing.poll()
    await browser.open("/outcome")
    return pairing


async def strict_and_connected(site: SiteUnderTest, browser: Browser) -> Pairing:
    """The profile ``strict``, on the same network, with the digits alone."""
    await site.set_policy(profile="strict")
    pairing = await site.start_pairing(device_capabilities="number")
    grant, user = await site.grant(pairing), await site.user("alice")
    number = GrantSecrets(site.backend.server_key).number(grant.grant_id, user.user_id)
    await browser.follow(await browser.enter(pairing.user_code))
    await browser.submit("/consent", decision="approve", number=number)
    site.clock.now += HOLD_SECONDS
    assert "access_token" in await pairing.poll()
    await browser.open("/outcome")
    return pairing


class TestBeforeTheDecision:
    async def test_hold_and_its_reason_are_explained(self, site: SiteUnderTest, alices: Browser) -> None:
        pairing = await site.start_pairing(address=FAR)
        text = (await alices.follow(await alices.enter(pairing.user_code))).text
        assert "<strong>Approve takes effect after 20 seconds</strong>" in text
        assert "<li>The device is on a different network than you.</li>" in text

    async def test_hold_after_the_number_is_explained_before_it(
        self, site: SiteUnderTest, alices: Browser
    ) -> None:
        pairing = await site.start_pairing(address=FAR, device_capabilities="number")
        text = (await alices.follow(await alices.enter(pairing.user_code))).text
        assert 'name="number"' in text
        assert "Approve takes effect after 20 seconds" in text

    async def test_nothing_is_said_where_nothing_is_held(self, site: SiteUnderTest, alices: Browser) -> None:
        pairing = await site.start_pairing()
        assert "20 seconds" not in (await alices.follow(await alices.enter(pairing.user_code))).text

    async def test_code_that_expires_before_the_hold_ends_can_not_be_approved(
        self, site: SiteUnderTest, alices: Browser
    ) -> None:
        pairing = await site.start_pairing(address=FAR)
        await alices.follow(await alices.enter(pairing.user_code))
        question = alices.forms()["/consent"]
        site.clock.now += 580
        response = await alices.post("/consent", {**question, "decision": "approve"})
        page = await alices.follow(response)
        assert page.url.path == "/consent"
        assert "This code expires before an approval could take effect" in page.text
        assert 'value="approve"' not in page.text


class TestUndo:
    async def test_outcome_counts_down_and_offers_undo(self, site: SiteUnderTest, alices: Browser) -> None:
        pairing = await approved(site, alices)
        live = site.live_page(alices.page)
        assert 'It takes effect in <span role="timer">0:20</span>' in live.html
        assert "/undo" in alices.forms()
        site.clock.now += 5
        await live.tick()
        assert "0:15" in live.html
        assert (await pairing.poll())["pairing_stage"] == "finishing"

    async def test_undo_ends_the_approval(self, site: SiteUnderTest, alices: Browser) -> None:
        pairing = await approved(site, alices)
        page = await alices.follow(await alices.submit("/undo"))
        assert "<h1>Denied</h1>" in page.text
        assert (await pairing.poll())["error"] == "access_denied"

    async def test_late_undo_signs_the_device_out(self, site: SiteUnderTest, alices: Browser) -> None:
        pairing = await approved(site, alices)
        question = alices.forms()["/undo"]
        site.clock.now += HOLD_SECONDS
        tokens = await pairing.poll()
        page = await alices.follow(await alices.post("/undo", question))
        assert "Your device was removed" in page.text
        bearer = {"authorization": f"Bearer {tokens['access_token']}"}
        assert (await alices.http.get("/userinfo", headers=bearer)).status_code == 401

    async def test_page_reloads_without_javascript(self, site: SiteUnderTest, alices: Browser) -> None:
        await approved(site, alices)
        assert '<noscript><meta http-equiv="refresh" content="3"></noscript>' in alices.page.text

    async def test_end_of_the_hold_takes_undo_away(self, site: SiteUnderTest, alices: Browser) -> None:
        await approved(site, alices)
        live = site.live_page(alices.page)
        site.clock.now += HOLD_SECONDS
        await live.tick()
        assert "<h1>Approved</h1>" in live.html
        assert "/undo" not in live.html
        assert "/undo" not in (await alices.open("/outcome")).text

    async def test_return_pin_and_undo_are_shown_together(self, site: SiteUnderTest, alices: Browser) -> None:
        await site.set_policy(requires_return_pin=True)
        pairing = await approved(site, alices)
        pin = site.backend.parts.device_flow.return_pin(await site.grant(pairing))
        assert f'<p class="code">{pin}</p>' in alices.page.text
        assert "/undo" in alices.forms()

    async def test_another_person_can_not_undo(self, site: SiteUnderTest, alices: Browser) -> None:
        pairing = await site.start_pairing(address=FAR)
        bob = await site.browser()
        await bob.sign_in("bob")
        await bob.follow(await bob.enter(pairing.user_code))
        mark = bob.forms()["/consent"]
        await alices.follow(await alices.enter(pairing.user_code))
        await alices.submit("/consent", decision="approve")
        assert leads_to(await bob.post("/undo", mark)) == "/outcome"
        assert (await site.grant(pairing)).status is GrantStatus.APPROVED


class TestConfirmation:
    async def test_page_asks_what_the_screen_said(self, site: SiteUnderTest, alices: Browser) -> None:
        await connected(site, alices)
        assert QUESTION in alices.page.text
        assert "Without a reply" not in alices.page.text
        assert [value for value in ("no", "yes") if f'name="reply" value="{value}"' in alices.page.text] == [
            "no",
            "yes",
        ]

    async def test_device_that_does_not_know_the_name_says_hello_alone(
        self, site: SiteUnderTest, alices: Browser
    ) -> None:
        await connected(site, alices, scope="openid")
        assert "Did your screen just say “<bdi>Hello</bdi>”?" in alices.page.text

    async def test_yes_is_remembered(self, site: SiteUnderTest, alices: Browser) -> None:
        await connected(site, alices)
        page = await alices.follow(await alices.submit("/confirm", reply="yes"))
        assert "<h1>Your device is connected</h1>" in page.text
        assert "<h1>Your device is connected</h1>" in (await alices.open("/outcome")).text

    async def test_no_signs_the_device_out(self, site: SiteUnderTest, alices: Browser) -> None:
        await connected(site, alices)
        page = await alices.follow(await alices.submit("/confirm", reply="no"))
        assert "Your device was removed" in page.text
        assert "No device is connected." in (await alices.open("/devices")).text

    async def test_any_other_reply_changes_nothing(self, site: SiteUnderTest, alices: Browser) -> None:
        await connected(site, alices)
        page = await alices.follow(await alices.submit("/confirm", reply="perhaps"))
        assert QUESTION in page.text

    async def test_nothing_is_asked_after_an_approval_that_took_effect_at_once(
        self, site: SiteUnderTest, alices: Browser
    ) -> None:
        pairing = await approved(site, alices, address="203.0.113.5")
        await pairing.poll()
        assert "<h1>Your device is connected</h1>" in (await alices.open("/outcome")).text

    async def test_deadline_is_shown_where_the_reply_is_required(
        self, site: SiteUnderTest, alices: Browser
    ) -> None:
        await strict_and_connected(site, alices)
        live = site.live_page(alices.page)
        assert QUESTION in live.html
        assert 'answer, it is signed out in <span role="timer">2:00</span>' in live.html
        site.clock.now += 15
        await live.tick()
        assert "1:45" in live.html

    async def test_reply_in_time_keeps_the_device(self, site: SiteUnderTest, alices: Browser) -> None:
        await strict_and_connected(site, alices)
        await alices.submit("/confirm", reply="yes")
        site.clock.now += CONFIRM_SECONDS
        assert "<h1>Your device is connected</h1>" in (await alices.open("/outcome")).text
        assert "No device is connected." not in (await alices.open("/devices")).text

    @pytest.mark.parametrize("is_swept", [False, True])
    async def test_missed_deadline_is_explained(
        self, site: SiteUnderTest, alices: Browser, *, is_swept: bool
    ) -> None:
        await strict_and_connected(site, alices)
        live = site.live_page(alices.page)
        question = alices.forms()["/confirm"]
        site.clock.now += CONFIRM_SECONDS
        if is_swept:
            assert await site.backend.parts.devices.end_unconfirmed() == 1
        await live.tick()
        assert "<h1>Signed out again</h1>" in live.html
        assert "/confirm" not in live.html
        page = await alices.follow(await alices.post("/confirm", {**question, "reply": "yes"}))
        assert "<h1>Signed out again</h1>" in page.text
