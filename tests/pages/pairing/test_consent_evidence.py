"""What the consent page says about the evidence: network and place, enrolment, labels, warnings, refusals."""

import re
from typing import Any

import pytest

from pairgrant_protocol.device_grant import GrantStatus
from pairgrant_server.authorization_server.device_flow.approval import HOLD_SECONDS
from pairgrant_server.authorization_server.model.risk_records import DeviceKey
from pairgrant_server.authorization_server.places.places import Place
from pairgrant_server.authorization_server.risk.assessment import Reason
from pairgrant_server.pages.pairing.reason_texts import REASON_TEXTS
from pairgrant_server.pages.site.formatting import duration, place_text
from tests.pages.site_under_test import Browser, SiteUnderTest, leads_to

FAR = "198.51.100.20"
DANGER = re.compile(r'<section class="danger".*?</section>', re.DOTALL)


class KnownPlaces:
    def place(self, address: str) -> Place | None:
        return Place("Milan", "Italy", "Example <Telecom>") if address == FAR else None

    def is_hosting(self, address: str) -> bool:
        return False


async def asked(site: SiteUnderTest, browser: Browser, **pairing_options: Any) -> str:
    pairing = await site.start_pairing(**pairing_options)
    page = await browser.follow(await browser.enter(pairing.user_code))
    assert page.url.path == "/consent"
    return page.text


class TestNetworkAndPlace:
    async def test_other_network_is_a_block_of_its_own_above_the_code(
        self, site: SiteUnderTest, alices: Browser
    ) -> None:
        text = await asked(site, alices, address=FAR)
        block = DANGER.search(text)
        assert block
        assert "On another network than you" in block[0]
        assert FAR in block[0]
        assert block.end() < text.index('<p class="code">')

    @pytest.mark.parametrize("places", [KnownPlaces()])
    async def test_place_and_operator_of_another_network_are_said(
        self, site: SiteUnderTest, alices: Browser
    ) -> None:
        text = await asked(site, alices, address=FAR)
        assert f"<strong>Milan, Italy, Example &lt;Telecom&gt;</strong> ({FAR})" in text

    @pytest.mark.parametrize("places", [KnownPlaces()])
    async def test_connected_device_stands_with_its_place(self, site: SiteUnderTest, alices: Browser) -> None:
        pairing = await site.start_pairing(address=FAR)
        await alices.follow(await alices.enter(pairing.user_code))
        await alices.submit("/consent", decision="approve")
        site.clock.now += HOLD_SECONDS
        await pairing.poll()
        assert "from Milan, Italy, Example &lt;Telecom&gt;" in (await alices.open("/devices")).text
        await alices.open(f"/devices/{alices.forms()['/devices/remove']['device_id']}")
        assert f"from {FAR} (Milan, Italy, Example &lt;Telecom&gt;)" in alices.page.text

    async def test_network_that_the_operator_trusts_is_no_warning(
        self, site: SiteUnderTest, alices: Browser
    ) -> None:
        await site.set_policy(trusted_networks=("198.51.100.0/24", "203.0.113.0/24"))
        text = await asked(site, alices, address=FAR)
        assert "on a network that the operator of this site trusts" in text
        assert not DANGER.search(text)

    def test_place_without_facts_is_empty(self) -> None:
        assert place_text(None) == place_text(Place()) == ""
        assert place_text(Place(country="Italy", operator="Tele\u202ecom")) == "Italy, Tele\\u202ecom"


class TestDevice:
    async def test_enrolled_device_stands_with_its_name_place_and_owner(
        self, site: SiteUnderTest, alices: Browser
    ) -> None:
        key = "A" * 43
        pairing = await site.start_pairing(dpop_jkt=key)  # before the enrollment asks for a proof of the key
        await site.backend.store.put_device_key(
            DeviceKey("lobby-tv", key, "Lobby screen", 0, place="ground floor", owner="Facilities")
        )
        text = (await alices.follow(await alices.enter(pairing.user_code))).text
        assert (
            "Registered by the operator as <strong>Lobby screen, ground floor (owner: Facilities)</strong>"
            in text
        )

    async def test_label_is_quoted(self, site: SiteUnderTest, alices: Browser) -> None:
        text = await asked(site, alices, device_label='Room 4 "call +1 555 0100 200"')
        assert "It says that its label reads “<bdi>Room 4 " in text
        assert "555 0100" not in text

    async def test_label_has_to_be_entered_where_the_policy_says_so(
        self, site: SiteUnderTest, alices: Browser
    ) -> None:
        await site.set_policy(requires_device_label=True)
        text = await asked(site, alices, device_label="Room 4")
        assert "Room 4" not in text
        assert '<label for="device_label">Type the label on the device</label>' in text
        page = await alices.submit("/consent", decision="approve", device_label="Room 5")
        assert "the label of this device. Look at the device" in page.text
        response = await alices.submit("/consent", decision="approve", device_label=" room  4")
        assert leads_to(response) == "/outcome"

    @pytest.mark.parametrize(
        ("capabilities", "address", "is_said"),
        [("browser", "203.0.113.5", True), ("browser", FAR, False), ("number", "203.0.113.5", False)],
    )
    async def test_person_may_be_on_the_device_that_asks(
        self, site: SiteUnderTest, alices: Browser, capabilities: str, address: str, *, is_said: bool
    ) -> None:
        text = await asked(site, alices, device_capabilities=capabilities, address=address)
        assert ("You may be using this device right now." in text) is is_said


class TestWarnings:
    WARNING = "Someone else has entered this code too."

    async def test_both_who_look_a_code_up_are_warned(self, site: SiteUnderTest, alices: Browser) -> None:
        pairing = await site.start_pairing()
        await alices.follow(await alices.enter(pairing.user_code))
        live = site.live_page(alices.page)
        assert self.WARNING not in live.html
        bob = await site.browser()
        await bob.sign_in("bob")
        assert self.WARNING in (await bob.follow(await bob.enter(pairing.user_code))).text
        await live.tick()
        assert self.WARNING in live.html

    async def test_same_person_in_two_browsers_is_not_warned(
        self, site: SiteUnderTest, alices: Browser
    ) -> None:
        pairing = await site.start_pairing()
        await alices.follow(await alices.enter(pairing.user_code))
        other = await site.browser()
        await other.sign_in()
        assert self.WARNING not in (await other.follow(await other.enter(pairing.user_code))).text

    @pytest.mark.parametrize("profile", ["open", "standard"])
    async def test_reported_sender_is_warned_of_under_every_profile(
        self, site: SiteUnderTest, alices: Browser, profile: str
    ) -> None:
        await site.set_policy(profile=profile)
        assert "reported this sender" not in await asked(site, alices, address=FAR)
        await alices.submit("/report")
        assert "<strong>Other people have reported this sender</strong>" in await asked(
            site, alices, address=FAR
        )


class TestWeakEvidence:
    async def test_withheld_scopes_and_a_shorter_connection_are_said(
        self, site: SiteUnderTest, alices: Browser
    ) -> None:
        await site.set_policy(strong_scope=("board:write",), weak_connection_lifetime=86_400)
        text = await asked(site, alices, address=FAR)
        assert "It also asked for the following" in text
        withheld = text[text.index("does not get it") :]
        assert "<li>Change your board of notices</li>" in withheld
        assert "it is signed out after 1 day." in text

    async def test_nothing_is_withheld_on_strong_evidence(self, site: SiteUnderTest, alices: Browser) -> None:
        """What stands on the page is what comes once the number is typed."""
        await site.set_policy(strong_scope=("board:write",), weak_connection_lifetime=86_400)
        text = await asked(site, alices, device_capabilities="number")
        assert "does not get it" not in text
        assert "it is signed out" not in text

    async def test_refusal_says_why_and_offers_deny_alone(self, site: SiteUnderTest, alices: Browser) -> None:
        await site.set_policy(profile="strict")
        text = await asked(site, alices, address=FAR)
        assert "This device can't be approved:" in text
        assert f"<li>{REASON_TEXTS[Reason.OTHER_NETWORK]}</li>" in text
        assert 'value="approve"' not in text
        assert 'value="deny"' in text
        assert 'name="number"' not in text

    async def test_forced_approval_is_refused_again(self, site: SiteUnderTest, alices: Browser) -> None:
        await site.set_policy(profile="strict")
        pairing = await site.start_pairing(address=FAR)
        await alices.follow(await alices.enter(pairing.user_code))
        assert leads_to(await alices.submit("/consent", decision="approve")) == "/consent"
        assert (await site.grant(pairing)).status is GrantStatus.PENDING


class TestWords:
    def test_each_reason_has_a_sentence_of_its_own(self) -> None:
        assert REASON_TEXTS.keys() == set(Reason)
        assert len(set(REASON_TEXTS.values())) == len(REASON_TEXTS)
        assert all(re.fullmatch(r"[A-Z][^_]+\.", text) for text in REASON_TEXTS.values())

    @pytest.mark.parametrize(
        ("seconds", "text"),
        [(20, "less than a minute"), (3600, "1 hour"), (90_000, "1 day"), (600, "10 minutes")],
    )
    def test_durations_are_said_in_their_largest_unit(self, seconds: float, text: str) -> None:
        assert duration(seconds) == text
