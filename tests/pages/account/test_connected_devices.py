"""The list of connected devices: each person sees and removes only their own."""

from typing import Any

from pairgrant_server.authorization_server.device_flow.approval import HOLD_SECONDS
from pairgrant_server.authorization_server.limits.network import unknown_address
from tests.pages.site_under_test import Browser, SiteUnderTest


async def connect(site: SiteUnderTest, browser: Browser, **pairing_options: Any) -> dict[str, Any]:
    pairing = await site.start_pairing(**pairing_options)
    await browser.follow(await browser.enter(pairing.user_code))
    await browser.submit("/consent", decision="approve")
    site.clock.now += HOLD_SECONDS  # a device on another network gets its tokens only then
    tokens: dict[str, Any] = await pairing.poll()
    assert "access_token" in tokens
    return tokens


async def test_page_without_devices_says_so(alices: Browser) -> None:
    assert "No device is connected." in (await alices.open("/devices")).text


async def test_device_is_shown_with_name_address_dates_and_scopes(
    site: SiteUnderTest, alices: Browser
) -> None:
    await connect(site, alices, device_name="Reception screen", address="198.51.100.20")
    site.clock.now += 3 * 86_400
    alice = await site.browser()
    await alice.sign_in()
    text = (await alice.open("/devices")).text
    for expected in (
        "<h2>Lobby TV</h2>",
        "calls itself “<bdi>Reception screen</bdi>”",
        '<time datetime="2026-09-21">21 September 2026</time>',
        "3 days ago <span>from 198.51.100.20</span>",
        "<li>See your name</li>",
        'aria-label="Remove Lobby TV, which calls itself “Reception screen”"',
    ):
        assert expected in text


async def test_address_behind_a_proxy_that_is_not_trusted_is_not_shown(
    site: SiteUnderTest, alices: Browser
) -> None:
    await connect(site, alices, address=unknown_address("10.0.0.1"))
    text = (await alices.open("/devices")).text
    assert "from an unknown network" in text
    assert "10.0.0.1" not in text


async def test_removing_a_device_revokes_its_tokens_at_once(site: SiteUnderTest, alices: Browser) -> None:
    tokens = await connect(site, alices)
    await alices.open("/devices")
    response = await alices.submit("/devices/revoke")
    assert (response.status_code, response.headers["location"]) == (303, "/devices")
    assert "No device is connected." in (await alices.follow(response)).text
    bearer = {"authorization": f"Bearer {tokens['access_token']}"}
    assert (await alices.http.get("/userinfo", headers=bearer)).status_code == 401
    refresh = {
        "grant_type": "refresh_token",
        "refresh_token": tokens["refresh_token"],
        "client_id": "lobby-tv",
    }
    assert (await alices.http.post("/token", data=refresh)).json()["error"] == "invalid_grant"


async def test_another_persons_device_is_neither_shown_nor_removed(
    site: SiteUnderTest, alices: Browser
) -> None:
    await connect(site, alices, device_name="Reception screen")
    await alices.open("/devices")
    alices_form = alices.forms()["/devices/revoke"]
    bob = await site.browser()
    await bob.sign_in("bob")
    assert "Reception screen" not in (await bob.open("/devices")).text
    token = bob.forms()["/signout"]["csrf_token"]
    await bob.post("/devices/revoke", {**alices_form, "csrf_token": token})
    assert "Reception screen" in (await alices.open("/devices")).text


async def test_devices_page_asks_to_sign_in(browser: Browser) -> None:
    page = await browser.open("/devices")
    assert (page.url.path, page.url.query) == ("/signin", b"next=/devices")
    token = browser.forms()["/signin"]["csrf_token"]
    response = await browser.post("/devices/revoke", {"csrf_token": token, "device_id": "0" * 32})
    assert response.headers["location"] == "/signin?next=/devices"


async def test_hostile_device_name_is_escaped_in_the_list(site: SiteUnderTest, alices: Browser) -> None:
    await connect(site, alices, device_name="<script>alert(1)</script>")
    text = (await alices.open("/devices")).text
    assert "<script>alert" not in text
    assert "&lt;script&gt;alert(1)&lt;/script&gt;" in text


class TestLivePart:
    async def test_a_device_appears_when_it_connects_and_goes_when_it_is_removed(
        self, site: SiteUnderTest, alices: Browser
    ) -> None:
        live = site.live_page(await alices.open("/devices"))
        await connect(site, alices, device_name="Reception screen")
        await live.tick()
        assert "<bdi>Reception screen</bdi>" in live.html
        await alices.open("/devices")
        await alices.submit("/devices/revoke")
        await live.tick()
        assert "No device is connected." in live.html

    async def test_forms_of_the_live_part_have_the_csrf_token(
        self, site: SiteUnderTest, alices: Browser
    ) -> None:
        live = site.live_page(await alices.open("/devices"))
        await connect(site, alices)
        await live.tick()
        await alices.open("/devices")
        token = alices.forms()["/devices/revoke"]["csrf_token"]
        assert f'name="csrf_token" value="{token}"' in live.html

    async def test_live_part_sends_nothing_while_nothing_changes(
        self, site: SiteUnderTest, alices: Browser
    ) -> None:
        """A list that is replaced takes the keyboard's focus along."""
        await connect(site, alices)
        live = site.live_page(await alices.open("/devices"))
        live.client.outbox.updates.clear()
        site.clock.now += 30
        await live.tick()
        assert not live.client.outbox.updates

    async def test_live_list_ends_with_the_session(self, site: SiteUnderTest, alices: Browser) -> None:
        await connect(site, alices, device_name="Reception screen")
        live = site.live_page(await alices.open("/devices"))
        await alices.submit("/signout")
        await live.tick()
        assert "You have been signed out." in live.html
        assert "Reception screen" not in live.html
        assert live.has_stopped
