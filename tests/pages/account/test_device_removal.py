"""Removal of connected devices: ten seconds for an undo, "now" skips them, all are removed at once."""

from typing import Any

from pairgrant_protocol.sign_in_end import EndedBy
from pairgrant_server.authorization_server.tokens.device_removals import UNDO_SECONDS
from tests.pages.account.devices_of_alice import add_devices, connect, landed, the_device
from tests.pages.site_under_test import Browser, SiteUnderTest


async def is_signed_in(browser: Browser, tokens: dict[str, Any]) -> bool:
    """Whether userinfo and introspection of the refresh token say so; both have to agree."""
    bearer = {"authorization": f"Bearer {tokens['access_token']}"}
    return (await browser.http.get("/userinfo", headers=bearer)).status_code == 200


async def refresh(browser: Browser, tokens: dict[str, Any]) -> dict[str, Any]:
    form = {
        "grant_type": "refresh_token",
        "refresh_token": tokens["refresh_token"],
        "client_id": "lobby-tv",
    }
    response: dict[str, Any] = (await browser.http.post("/token", data=form)).json()
    return response


class TestUndo:
    async def test_removal_takes_effect_after_ten_seconds_without_any_request(
        self, site: SiteUnderTest, alices: Browser
    ) -> None:
        tokens = await connect(site, alices, device_name="Kitchen tablet")
        device = await the_device(site)
        await alices.open("/devices")
        response = await alices.submit("/devices/remove")
        assert response.headers["location"] == f"/devices#device-{device.device_id}"
        text = (await landed(alices, response)).text
        assert (
            "Removing “<bdi>Kitchen tablet</bdi>” in "
            '<span role="timer" data-seconds="10.0">0:10</span>' in text
        )
        assert {"/devices/undo", "/devices/revoke"} <= alices.forms().keys()
        site.clock.now += UNDO_SECONDS - 1
        assert await is_signed_in(alices, tokens)
        site.clock.now += 1
        assert not await is_signed_in(alices, tokens)
        ended = await refresh(alices, tokens)
        assert ended["error"] == "invalid_grant"
        assert ended["pairgrant_ended"]["by"] == EndedBy.USER
        assert "No device is connected." in (await alices.open("/devices")).text

    async def test_page_without_scripts_comes_again_when_the_time_is_up(
        self, site: SiteUnderTest, alices: Browser
    ) -> None:
        await connect(site, alices)
        await alices.open("/devices")
        assert "http-equiv" not in alices.page.text
        text = (await landed(alices, await alices.submit("/devices/remove"))).text
        assert '<noscript><meta http-equiv="refresh" content="11"></noscript>' in text

    async def test_undo_keeps_the_device(self, site: SiteUnderTest, alices: Browser) -> None:
        tokens = await connect(site, alices)
        await alices.open("/devices")
        await landed(alices, await alices.submit("/devices/remove"))
        site.clock.now += 9
        text = (await landed(alices, await alices.submit("/devices/undo"))).text
        assert "Nothing was removed." in text
        site.clock.now += 60
        assert await is_signed_in(alices, tokens)
        assert await site.backend.parts.end_due() == 0

    async def test_undo_that_comes_too_late_says_so(self, site: SiteUnderTest, alices: Browser) -> None:
        tokens = await connect(site, alices)
        await alices.open("/devices")
        await landed(alices, await alices.submit("/devices/remove"))
        site.clock.now += UNDO_SECONDS
        text = (await landed(alices, await alices.submit("/devices/undo"))).text
        assert "too late" in text
        assert not await is_signed_in(alices, tokens)

    async def test_remove_now_does_not_wait(self, site: SiteUnderTest, alices: Browser) -> None:
        tokens = await connect(site, alices)
        await alices.open("/devices")
        await landed(alices, await alices.submit("/devices/remove"))
        response = await alices.submit("/devices/revoke")
        assert (response.status_code, response.headers["location"]) == (303, "/devices")
        assert "No device is connected." in (await landed(alices, response)).text
        assert not await is_signed_in(alices, tokens)
        assert (await refresh(alices, tokens))["pairgrant_ended"]["by"] == EndedBy.USER

    async def test_report_does_not_wait(self, site: SiteUnderTest, alices: Browser) -> None:
        tokens = await connect(site, alices)
        device = await the_device(site)
        await alices.open(f"/devices/{device.device_id}")
        forms = alices.forms()
        await alices.submit("/devices/remove")
        await alices.post("/report", forms["/report"])
        assert not await is_signed_in(alices, tokens)
        assert (await refresh(alices, tokens))["pairgrant_ended"]["by"] == EndedBy.REPORT
        await alices.post("/devices/undo", {**forms["/devices/remove"], "device_id": device.device_id})
        assert not await is_signed_in(alices, tokens), "an undo never brings back what was reported"

    async def test_second_tap_on_remove_changes_nothing(self, site: SiteUnderTest, alices: Browser) -> None:
        await connect(site, alices)
        await alices.open("/devices")
        form = alices.forms()["/devices/remove"]
        await alices.post("/devices/remove", form)
        remove_at = (await the_device(site)).remove_at
        site.clock.now += 3
        response = await alices.post("/devices/remove", form)
        assert (await the_device(site)).remove_at == remove_at
        assert "no longer connected" not in (await landed(alices, response)).text

    async def test_removal_of_what_is_gone_is_a_sentence(self, site: SiteUnderTest, alices: Browser) -> None:
        await connect(site, alices)
        await alices.open("/devices")
        form = alices.forms()["/devices/remove"]
        await alices.post("/devices/revoke", form)
        site.clock.now += 60  # before that, it would be a second tap
        for path in ("/devices/remove", "/devices/revoke", "/devices/rename"):
            page = await landed(alices, await alices.post(path, {**form, "name": "x", "was": ""}))
            assert "That device was no longer connected, so there was nothing to change." in page.text
            assert page.url.path == "/devices"

    async def test_token_of_a_device_that_is_being_removed_does_not_outlive_the_undo(
        self, site: SiteUnderTest, alices: Browser
    ) -> None:
        """The resource server trusts the token's own time."""
        tokens = await connect(site, alices)
        await alices.open("/devices")
        await alices.submit("/devices/remove")
        assert (await refresh(alices, tokens))["expires_in"] <= UNDO_SECONDS

    async def test_other_tabs_and_live_pages_agree(self, site: SiteUnderTest, alices: Browser) -> None:
        await connect(site, alices, device_name="Kitchen tablet")
        tabs = [site.live_page(await alices.open("/devices")) for _ in range(2)]
        await alices.submit("/devices/remove")
        for tab in tabs:
            await tab.tick()
            assert "Removing “<bdi>Kitchen tablet</bdi>”" in tab.html
        await alices.open("/devices")
        await alices.submit("/devices/undo")
        for tab in tabs:
            await tab.tick()
            assert "Removing" not in tab.html


class TestSweep:
    async def test_sweep_revokes_what_was_removed_and_forgets_its_consent(
        self, site: SiteUnderTest, alices: Browser
    ) -> None:
        await connect(site, alices)
        device = await the_device(site)
        await alices.open("/devices")
        await alices.submit("/devices/remove")
        site.clock.now += UNDO_SECONDS + 20
        assert await site.backend.parts.end_due() == 1
        assert await site.backend.parts.end_due() == 0
        stored = await site.backend.parts.devices.device(device.device_id)
        assert stored is not None
        assert stored.revoked_at == site.clock() - 20
        assert stored.ended_by is EndedBy.USER

    async def test_more_removals_than_one_look_up_finds_are_finished(
        self, site: SiteUnderTest, alices: Browser
    ) -> None:
        await add_devices(site, 130, lambda _: {})
        await alices.open("/devices/remove-all")
        await alices.submit("/devices/remove-all")
        site.clock.now += UNDO_SECONDS
        assert await site.backend.parts.end_due() == 130


class TestAll:
    async def test_all_devices_are_removed_after_one_question(
        self, site: SiteUnderTest, alices: Browser
    ) -> None:
        await add_devices(site, 40, lambda _: {})
        text = (await alices.open("/devices")).text
        assert '<a class="button" href="/devices/remove-all">' in text
        text = (await alices.open("/devices/remove-all")).text
        assert "40 devices and applications are signed in as you." in text
        text = (await landed(alices, await alices.submit("/devices/remove-all"))).text
        assert "40 devices are being removed." in text
        site.clock.now += UNDO_SECONDS
        assert "No device is connected." in (await alices.open("/devices")).text

    async def test_all_are_kept_by_one_undo(self, site: SiteUnderTest, alices: Browser) -> None:
        await add_devices(site, 40, lambda _: {})
        await alices.open("/devices/remove-all")
        await landed(alices, await alices.submit("/devices/remove-all"))
        token = alices.forms()["/signout"]["csrf_token"]
        response = await alices.post("/devices/undo", {"csrf_token": token})
        assert "Nothing was removed." in (await landed(alices, response)).text
        site.clock.now += UNDO_SECONDS
        assert "of 40" in (await alices.open("/devices")).text

    async def test_undo_of_all_that_comes_too_late_does_not_say_that_nothing_was_removed(
        self, site: SiteUnderTest, alices: Browser
    ) -> None:
        await add_devices(site, 4, lambda _: {})
        await alices.open("/devices")
        form = alices.forms()["/devices/remove"]
        token = {"csrf_token": form["csrf_token"]}
        for number in (1, 2):
            await alices.post("/devices/remove", {**form, "device_id": f"{number:032x}"})
            site.clock.now += UNDO_SECONDS - 1
        page = await landed(alices, await alices.post("/devices/undo", token))
        assert "Nothing was removed." not in page.text, "the second device was kept, the first was not"
        page = await landed(alices, await alices.post("/devices/undo", token))
        assert "too late" in page.text
        assert "3 devices" in page.text
        site.clock.now += 60
        page = await landed(alices, await alices.post("/devices/undo", token))
        assert "Nothing was removed." in page.text

    async def test_all_that_are_being_removed_can_be_removed_now_and_no_others(
        self, site: SiteUnderTest, alices: Browser
    ) -> None:
        await add_devices(site, 3, lambda _: {})
        await alices.open("/devices")
        form = alices.forms()["/devices/remove"]
        for number in (1, 2):
            await alices.post("/devices/remove", {**form, "device_id": f"{number:032x}"})
        await alices.post("/devices/revoke", {"csrf_token": form["csrf_token"]})
        assert (await the_device(site)).device_id == f"{3:032x}"

    async def test_question_without_devices_leads_back(self, alices: Browser) -> None:
        assert (await alices.open("/devices/remove-all")).url.path == "/devices"
