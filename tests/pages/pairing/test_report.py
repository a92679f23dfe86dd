""" "I didn't start this": from every page that shows a pairing, and what it ends."""

from typing import Any

import pytest
from structlog.testing import capture_logs

from pairgrant_protocol.device_grant import GrantStatus
from pairgrant_server.authorization_server.device_flow.approval import HOLD_SECONDS
from pairgrant_server.authorization_server.limits.code_attempts import PER_ACCOUNT_AND_NETWORK, PER_NETWORK
from pairgrant_server.pages.pairing.code_form import NO_SUCH_CODE, SIGN_IN_FIRST, TOO_MANY_CODES
from tests.pages.site_under_test import Browser, Pairing, SiteUnderTest, leads_to

FAR = "198.51.100.20"


async def reports_of(site: SiteUnderTest) -> list[tuple[str, str | None]]:
    """Page and person of each, the oldest first."""
    stored = await site.backend.store.reports(0)
    return [(report.page, report.user_id) for report in reversed(stored)]


@pytest.fixture
async def pairing(site: SiteUnderTest) -> Pairing:
    return await site.start_pairing(address=FAR)


async def connected(site: SiteUnderTest, browser: Browser, pairing: Pairing) -> dict[str, Any]:
    await browser.follow(await browser.enter(pairing.user_code))
    await browser.submit("/consent", decision="approve")
    site.clock.now += HOLD_SECONDS
    return await pairing.poll()


class TestOfACode:
    @pytest.mark.parametrize("path", ["/D/{}", "/D/{}/ABCDEFGH"])
    async def test_link_can_be_reported_without_a_sign_in(
        self, site: SiteUnderTest, browser: Browser, pairing: Pairing, path: str
    ) -> None:
        await browser.open(path.format(pairing.user_code))
        page = await browser.submit("/report")
        assert page.status_code == 200
        assert "<h1>The request is denied</h1>" in page.text
        assert "The sender was recorded." in page.text
        assert (await pairing.poll())["error"] == "access_denied"
        assert await reports_of(site) == [("code", None)]

    async def test_typed_code_can_be_reported(
        self, site: SiteUnderTest, alices: Browser, pairing: Pairing
    ) -> None:
        page = await alices.open("/device")
        assert '<button class="link" formaction="/report">' in page.text
        fields = {**alices.forms()["/device"], "user_code": pairing.user_code.lower()}
        assert "<h1>The request is denied</h1>" in (await alices.post("/report", fields)).text
        assert await reports_of(site) == [("code", (await site.user("alice")).user_id)]

    async def test_person_who_looks_a_reported_code_up_is_told(
        self, site: SiteUnderTest, browser: Browser, alices: Browser, pairing: Pairing
    ) -> None:
        await alices.follow(await alices.enter(pairing.user_code))
        await browser.open(f"/D/{pairing.user_code}")
        await browser.submit("/report")
        page = await alices.open("/consent")
        assert "Someone who had this code reported that they didn" in page.text

    async def test_wrong_code_counts_as_a_guess(self, site: SiteUnderTest, browser: Browser) -> None:
        for _ in range(PER_NETWORK):
            await browser.open("/device")
            page = await browser.post("/report", {**browser.forms()["/device"], "user_code": "BBBB-BBBB"})
            assert page.status_code == 200
            assert NO_SUCH_CODE in page.text
        pairing = await site.start_pairing()
        await browser.open("/device")
        fields = {**browser.forms()["/device"], "user_code": pairing.user_code}
        page = await browser.post("/report", fields)
        assert SIGN_IN_FIRST in page.text
        assert (await site.grant(pairing)).status is GrantStatus.PENDING

    async def test_account_that_guesses_codes_can_not_report(
        self, site: SiteUnderTest, alices: Browser
    ) -> None:
        for _ in range(PER_ACCOUNT_AND_NETWORK):
            await alices.enter("BBBB-BBBB")
        pairing = await site.start_pairing()
        await alices.open("/device")
        fields = {**alices.forms()["/device"], "user_code": pairing.user_code}
        assert TOO_MANY_CODES in (await alices.post("/report", fields)).text

    async def test_right_codes_are_no_guesses(self, site: SiteUnderTest, browser: Browser) -> None:
        pairings = [await site.start_pairing() for _ in range(PER_NETWORK + 1)]
        for pairing in pairings:
            await browser.open(f"/D/{pairing.user_code}")
            assert (await browser.submit("/report")).status_code == 200
        assert site.pauses == []

    async def test_malformed_code_is_explained(self, browser: Browser) -> None:
        await browser.open("/device")
        page = await browser.post("/report", {**browser.forms()["/device"], "user_code": "WDJB"})
        assert page.status_code == 200
        assert "this has 4" in page.text

    async def test_used_code_can_not_be_reported_by_a_stranger(
        self, site: SiteUnderTest, alices: Browser, browser: Browser, pairing: Pairing
    ) -> None:
        """Or anyone who saw a code over a shoulder could sign the device out."""
        await connected(site, alices, pairing)
        await browser.open("/device")
        fields = {**browser.forms()["/device"], "user_code": pairing.user_code}
        assert NO_SUCH_CODE in (await browser.post("/report", fields)).text
        assert "No device is connected." not in (await alices.open("/devices")).text


class TestOfALookedUpCode:
    async def test_consent_page_denies_and_notes(
        self, site: SiteUnderTest, alices: Browser, pairing: Pairing
    ) -> None:
        await alices.follow(await alices.enter(pairing.user_code))
        page = await alices.submit("/report")
        assert "<h1>The request is denied</h1>" in page.text
        assert (await pairing.poll())["error"] == "access_denied"
        assert await reports_of(site) == [("consent", (await site.user("alice")).user_id)]
        assert "<h1>Denied</h1>" in (await alices.open("/outcome")).text

    async def test_outcome_page_ends_an_approval_on_hold(
        self, site: SiteUnderTest, alices: Browser, pairing: Pairing
    ) -> None:
        await alices.follow(await alices.enter(pairing.user_code))
        await alices.follow(await alices.submit("/consent", decision="approve"))
        page = await alices.submit("/report")
        assert "<h1>The request is denied</h1>" in page.text
        assert (await pairing.poll())["error"] == "access_denied"
        assert [page for page, _ in await reports_of(site)] == ["outcome"]

    async def test_outcome_page_signs_a_connected_device_out(
        self, site: SiteUnderTest, alices: Browser, pairing: Pairing
    ) -> None:
        tokens = await connected(site, alices, pairing)
        await alices.open("/outcome")
        page = await alices.submit("/report")
        assert "<h1>The device is signed out</h1>" in page.text
        bearer = {"authorization": f"Bearer {tokens['access_token']}"}
        assert (await alices.http.get("/userinfo", headers=bearer)).status_code == 401

    async def test_second_report_says_that_nothing_was_left(
        self, site: SiteUnderTest, alices: Browser, pairing: Pairing
    ) -> None:
        await alices.follow(await alices.enter(pairing.user_code))
        fields = alices.forms()["/report"]
        with capture_logs() as logs:
            await alices.post("/report", fields)
            site.clock.now += 60
            assert "<h1>Nothing is connected</h1>" in (await alices.post("/report", fields)).text
        assert len(await reports_of(site)) == 1
        assert len([line for line in logs if line["event"] == "pairing.reported"]) == 1

    async def test_sender_can_be_reported_after_a_denial(
        self, site: SiteUnderTest, alices: Browser, pairing: Pairing
    ) -> None:
        await alices.follow(await alices.enter(pairing.user_code))
        await alices.follow(await alices.submit("/consent", decision="deny"))
        assert "<h1>Nothing is connected</h1>" in (await alices.submit("/report")).text
        assert [page for page, _ in await reports_of(site)] == ["outcome"]

    async def test_browser_that_only_looked_the_code_up_can_not_sign_the_device_out(
        self, site: SiteUnderTest, alices: Browser, pairing: Pairing
    ) -> None:
        for other in (await site.browser(), await site.browser()):
            await other.follow(await other.enter(pairing.user_code))
        bob = await site.browser()
        await bob.sign_in("bob")
        await bob.follow(await bob.enter(pairing.user_code))
        fields = bob.forms()["/report"]
        await connected(site, alices, pairing)
        assert leads_to(await bob.post("/report", fields)) == "/outcome"
        token = other.forms()["/signin"]["csrf_token"]
        response = await other.post("/report", {**fields, "csrf_token": token})
        assert leads_to(response) == "/outcome"
        assert await reports_of(site) == []
        assert "No device is connected." not in (await alices.open("/devices")).text

    async def test_report_is_about_the_code_that_the_page_showed(
        self, site: SiteUnderTest, alices: Browser, pairing: Pairing
    ) -> None:
        await alices.follow(await alices.enter(pairing.user_code))
        fields = alices.forms()["/report"]
        other = await site.start_pairing()
        await alices.enter(other.user_code)
        await alices.post("/report", fields)
        assert (await site.grant(pairing)).status is GrantStatus.DENIED
        assert (await site.grant(other)).status is GrantStatus.PENDING


async def open_the_device(browser: Browser) -> None:
    """The page of the only one that is connected."""
    await browser.open("/devices")
    await browser.open(f"/devices/{browser.forms()['/devices/remove']['device_id']}")


class TestOfAConnectedDevice:
    async def test_device_can_be_reported_long_after(
        self, site: SiteUnderTest, alices: Browser, pairing: Pairing
    ) -> None:
        await connected(site, alices, pairing)
        site.clock.now += 5 * 86_400
        await alices.sign_in()
        await open_the_device(alices)
        with capture_logs() as logs:
            page = await alices.submit("/report")
        assert "<h1>The device is signed out</h1>" in page.text
        assert "change your password" in page.text
        assert "No device is connected." in (await alices.open("/devices")).text
        assert [line["reason"] for line in logs if line["event"] == "pairing.reported"] == ["device"]

    async def test_device_of_another_person_can_not_be_reported(
        self, site: SiteUnderTest, alices: Browser, pairing: Pairing
    ) -> None:
        await connected(site, alices, pairing)
        await open_the_device(alices)
        fields = alices.forms()["/report"]
        bob = await site.browser()
        await bob.sign_in("bob")
        await bob.open("/devices")
        forged = {**fields, "csrf_token": bob.forms()["/signout"]["csrf_token"]}
        assert (await bob.post("/report", forged)).headers["location"] == "/devices"
        assert "No device is connected." not in (await alices.open("/devices")).text

    async def test_report_of_a_device_needs_a_sign_in(self, browser: Browser) -> None:
        await browser.open("/device")
        token = browser.forms()["/device"]["csrf_token"]
        response = await browser.post("/report", {"csrf_token": token, "device_id": "d"})
        assert response.headers["location"] == "/signin?next=/devices"


class TestForms:
    @pytest.mark.parametrize("action", ["/report", "/undo", "/confirm"])
    async def test_form_without_its_token_or_from_another_origin_changes_nothing(
        self, site: SiteUnderTest, alices: Browser, pairing: Pairing, action: str
    ) -> None:
        await alices.follow(await alices.enter(pairing.user_code))
        fields = {**alices.forms()["/report"], "reply": "no"}
        assert (await alices.post(action, {**fields, "csrf_token": "x"})).status_code == 403
        assert (await alices.post(action, fields, origin="https://evil.example")).status_code == 403
        assert (await site.grant(pairing)).status is GrantStatus.PENDING

    @pytest.mark.parametrize("action", ["/report", "/undo", "/confirm"])
    async def test_opening_the_path_is_405(self, browser: Browser, action: str) -> None:
        assert (await browser.open(action)).status_code == 405
