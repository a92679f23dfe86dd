"""What became of it: true words for every end, and a page that turns by itself when the device is done."""

from dataclasses import replace
from typing import Any

import pytest

from pairgrant_protocol.device_grant import GrantStatus
from pairgrant_server.authorization_server.model.client_policy import ClientPolicy
from pairgrant_server.authorization_server.model.records import ConnectedDevice, DeviceGrant
from pairgrant_server.pages.pairing.outcome_texts import outcome_of
from pairgrant_server.pages.site.shown_name import ShownName
from tests.pages.site_under_test import Browser, SiteUnderTest

NOW = 1_790_000_000.0


async def decide(site: SiteUnderTest, browser: Browser, decision: str, **pairing_options: Any) -> Any:
    pairing = await site.start_pairing(**pairing_options)
    await browser.follow(await browser.enter(pairing.user_code))
    await browser.follow(await browser.submit("/consent", decision=decision))
    return pairing


async def set_policy(site: SiteUnderTest, **rules: Any) -> None:
    client = await site.client("lobby-tv")
    await site.backend.store.replace_client(replace(client, policy=ClientPolicy(**rules)))


async def test_approval_turns_to_connected_when_the_device_has_its_tokens(
    site: SiteUnderTest, alices: Browser
) -> None:
    pairing = await decide(site, alices, "approve", device_name="Reception screen")
    live = site.live_page(alices.page)
    assert "Your device is finishing" in live.html
    await live.tick()
    assert "Your device is finishing" in live.html
    assert not live.has_stopped
    await pairing.poll()
    await live.tick()
    assert "<h1>Your device is connected</h1>" in live.html
    assert "<bdi>Lobby TV</bdi>, which calls itself “<bdi>Reception screen</bdi>”" in live.html
    assert live.has_stopped


async def test_page_without_javascript_reloads_until_the_outcome_is_final(
    site: SiteUnderTest, alices: Browser
) -> None:
    pairing = await decide(site, alices, "approve")
    refresh = '<noscript><meta http-equiv="refresh" content="3"></noscript>'
    assert refresh in alices.page.text
    await pairing.poll()
    done = await alices.open("/outcome")
    assert "<h1>Your device is connected</h1>" in done.text
    assert refresh not in done.text


class TestReturnPin:
    """Only the session that approved shows the digits."""

    @pytest.fixture
    async def approved(self, site: SiteUnderTest, alices: Browser) -> Any:
        await set_policy(site, requires_return_pin=True)
        return await decide(site, alices, "approve", device_name="Reception screen")

    async def test_the_digits_are_shown_until_the_device_has_its_tokens(
        self, site: SiteUnderTest, alices: Browser, approved: Any
    ) -> None:
        grant = await site.grant(approved)
        pin = site.backend.parts.device_flow.return_pin(grant)
        live = site.live_page(alices.page)
        assert f'<p class="code">{pin}</p>' in live.html
        assert "Enter these digits on your device" in live.html
        assert (await approved.poll())["pairing_stage"] == "entering_pin"
        assert "access_token" in await approved.poll(return_pin=pin)
        await live.tick()
        assert "<h1>Your device is connected</h1>" in live.html
        assert f">{pin}<" not in live.html

    async def test_return_pin_is_hidden_before_the_approval(
        self, site: SiteUnderTest, alices: Browser
    ) -> None:
        await set_policy(site, requires_return_pin=True)
        pairing = await site.start_pairing()
        pin = site.backend.parts.device_flow.return_pin(await site.grant(pairing))
        page = await alices.follow(await alices.enter(pairing.user_code))
        assert page.url.path == "/consent"
        assert f">{pin}<" not in page.text

    async def test_return_pin_is_hidden_from_another_account(
        self, site: SiteUnderTest, alices: Browser
    ) -> None:
        await set_policy(site, requires_return_pin=True)
        pairing = await site.start_pairing()
        await alices.enter(pairing.user_code)
        bob = await site.browser()
        await bob.sign_in("bob")
        await bob.follow(await bob.enter(pairing.user_code))
        await bob.submit("/consent", decision="approve")
        page = await alices.open("/outcome")
        pin = site.backend.parts.device_flow.return_pin(await site.grant(pairing))
        assert "This code was already used" in page.text
        assert f">{pin}<" not in page.text

    async def test_three_wrong_return_pins_are_reported_on_the_phone(
        self, site: SiteUnderTest, alices: Browser, approved: Any
    ) -> None:
        pin = site.backend.parts.device_flow.return_pin(await site.grant(approved))
        live = site.live_page(alices.page)
        *_, last = [await approved.poll(return_pin=f"{(int(pin) + 1) % 1000:03}") for _ in range(3)]
        assert last["error"] == "access_denied"
        await live.tick()
        assert "<h1>Wrong digits were entered three times</h1>" in live.html
        assert f">{pin}<" not in live.html
        assert live.has_stopped


async def test_denial_says_that_the_device_was_not_connected(site: SiteUnderTest, alices: Browser) -> None:
    await decide(site, alices, "deny")
    assert "<h1>Denied</h1>" in alices.page.text
    assert "The device was not connected" in alices.page.text


async def test_the_live_part_ends_with_the_session(site: SiteUnderTest, alices: Browser) -> None:
    pairing = await decide(site, alices, "approve")
    live = site.live_page(alices.page)
    await site.backend.people.set_locked("alice", locked=True)
    await pairing.poll()
    await live.tick()
    assert live.went_to == ["/device"]
    assert "is connected" not in live.html


async def test_removed_device_is_not_shown_as_connected(site: SiteUnderTest, alices: Browser) -> None:
    pairing = await decide(site, alices, "approve")
    await pairing.poll()
    await alices.open("/devices")
    await alices.post("/devices/revoke", alices.forms()["/devices/remove"])
    assert "Your device was removed" in (await alices.open("/outcome")).text


async def test_code_used_with_another_account_is_explained(site: SiteUnderTest, alices: Browser) -> None:
    """Two browsers looked the code up; Bob was faster."""
    pairing = await site.start_pairing()
    await alices.enter(pairing.user_code)
    bob = await site.browser()
    await bob.sign_in("bob")
    await bob.follow(await bob.enter(pairing.user_code))
    await bob.submit("/consent", decision="approve")
    page = await alices.open("/consent")
    assert page.url.path == "/outcome"
    assert "This code was already used" in page.text
    assert "bob" not in page.text


async def test_outcome_before_the_decision_redirects_to_consent(site: SiteUnderTest, alices: Browser) -> None:
    pairing = await site.start_pairing()
    await alices.enter(pairing.user_code)
    assert (await alices.open("/outcome")).url.path == "/consent"


async def test_outcome_without_a_code_redirects_to_code_entry(alices: Browser) -> None:
    assert (await alices.open("/outcome")).url.path == "/device"


async def test_outcome_without_sign_in_redirects_to_sign_in(site: SiteUnderTest, browser: Browser) -> None:
    pairing = await site.start_pairing()
    await browser.enter(pairing.user_code)
    assert (await browser.open("/outcome")).url.path == "/signin"


def grant(status: GrantStatus, user_id: str | None = "u-alice", **more: Any) -> DeviceGrant:
    return DeviceGrant(
        b"g",
        b"d",
        b"u",
        "tv",
        (),
        5,
        NOW,
        NOW + 600,
        None,
        "192.0.2.7",
        status=status,
        user_id=user_id,
        **more,
    )


def device(**more: Any) -> ConnectedDevice:
    return ConnectedDevice(
        "d", "u-alice", "tv", (), "TV", "192.0.2.7", NOW, NOW, NOW, expires_at=NOW + 9000, **more
    )


@pytest.mark.parametrize(
    ("status", "age", "is_mine", "is_removed", "title"),
    [
        (GrantStatus.PENDING, 600, False, False, "This code has expired"),
        (GrantStatus.APPROVED, 599, True, False, "Approved"),
        (GrantStatus.APPROVED, 600, True, False, "Your device did not finish"),
        (GrantStatus.APPROVED, 10, False, False, "This code was already used"),
        (GrantStatus.DENIED, 600, True, False, "Denied"),
        (GrantStatus.DENIED, 10, False, False, "This code was already used"),
        (GrantStatus.REDEEMED, 6000, True, False, "Your device is connected"),
        (GrantStatus.REDEEMED, 6000, True, True, "Your device was removed"),
        (GrantStatus.REDEEMED, 10, False, False, "This code was already used"),
    ],
)
def test_every_outcome_has_a_title(
    status: GrantStatus, age: float, *, is_mine: bool, is_removed: bool, title: str
) -> None:
    reached = outcome_of(
        grant(status),
        device=None if is_removed else device(),
        name=ShownName("TV"),
        is_mine=is_mine,
        now=NOW + age,
    )
    assert reached.title == title
    assert reached.is_passing == (title == "Approved")


def test_only_a_redeemed_grant_is_shown_as_connected() -> None:
    """No success for an expired code (spring-authorization-server#1977)."""
    for status in (GrantStatus.PENDING, GrantStatus.APPROVED, GrantStatus.DENIED):
        reached = outcome_of(
            grant(status), device=device(), name=ShownName("TV"), is_mine=True, now=NOW + 600
        )
        assert "is connected" not in reached.title
        assert reached.mood == "plain"


def test_denial_without_a_person_is_that_of_a_report() -> None:
    """Someone with the code said, without a sign-in, that they did not start this."""
    reached = outcome_of(
        grant(GrantStatus.DENIED, user_id=None), name=ShownName("TV"), is_mine=False, now=NOW + 10
    )
    assert "so nothing was connected. If it was your device, start again on it." in reached.text


def test_every_outcome_that_can_still_change_for_the_worse_can_be_reported() -> None:
    for status in (GrantStatus.APPROVED, GrantStatus.REDEEMED):
        reached = outcome_of(grant(status), device=device(), name=ShownName("TV"), is_mine=True, now=NOW + 10)
        assert reached.may_report
