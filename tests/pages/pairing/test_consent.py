"""The consent page of a pairing: what it shows, and a decision that counts once, for one code."""

import asyncio
import re
from dataclasses import replace
from typing import Any

import pytest
from nicegui import core
from structlog.testing import capture_logs

from pairgrant_protocol.device_grant import GrantStatus
from pairgrant_protocol.vocabulary import GrantType
from pairgrant_server.authorization_server.device_flow.approval import HOLD_SECONDS
from pairgrant_server.authorization_server.limits.trusted_proxies import TrustedProxies
from pairgrant_server.authorization_server.model.client_policy import ClientPolicy
from pairgrant_server.front.caller_address import CallerAddress
from tests.pages.site_under_test import Browser, Pairing, SiteUnderTest, leads_to


@pytest.fixture
async def pairing(site: SiteUnderTest) -> Any:
    return await site.start_pairing(address="198.51.100.20", device_name="Reception screen")


@pytest.fixture
async def asked(alices: Browser, pairing: Pairing) -> Browser:
    """Alice's browser, with the question open."""
    page = await alices.follow(await alices.enter(pairing.user_code))
    assert page.url.path == "/consent"
    return alices


class TestWhatIsShown:
    async def test_page_shows_device_address_scopes_code_and_account(
        self, site: SiteUnderTest, asked: Browser, pairing: Pairing
    ) -> None:
        """RFC 8628 §5.4: information about the device, and the code to compare."""
        site.clock.now += 130
        text = (await asked.open("/consent")).text
        for expected in (
            "<h1>Connect this device?</h1>",
            '<p class="name"><span>It calls itself</span> “<bdi>Reception screen</bdi>”</p>',
            "<strong><bdi>Lobby TV</bdi></strong> · Requested 2 minutes ago</p>",
            "On another network than you</h2>",
            "It asks from <strong>198.51.100.20</strong>.",
            f'<p class="code">{pairing.user_code}</p>',
            "<li>Know that it is you</li>",
            "<li>Stay signed in while you are away</li>",
            "<li>Change your board of notices</li>",
            "signed in as <strong>Alice Liddell</strong> (alice)",
            "Did someone send you this code or link?",
        ):
            assert expected in text

    async def test_page_says_that_a_client_registered_itself(
        self, site: SiteUnderTest, asked: Browser
    ) -> None:
        sentence = "This application registered itself and was not checked by pair.example."
        assert sentence not in (await asked.open("/consent")).text
        client = await site.client("lobby-tv")
        await site.backend.store.replace_client(replace(client, registered_with="integrators"))
        site.clock.now += 3  # clients are remembered for two seconds
        assert sentence in (await asked.open("/consent")).text

    async def test_page_says_if_the_device_is_on_the_persons_network(
        self, site: SiteUnderTest, alices: Browser
    ) -> None:
        pairing = await site.start_pairing(address="203.0.113.5")
        page = await alices.follow(await alices.enter(pairing.user_code))
        assert "from 203.0.113.5, on your network" in page.text
        assert 'class="danger"' not in page.text

    async def test_person_on_another_network_can_only_deny_if_the_policy_requires_it(
        self, site: SiteUnderTest, asked: Browser, pairing: Pairing
    ) -> None:
        client = await site.client("lobby-tv")
        await site.backend.store.replace_client(
            replace(client, policy=ClientPolicy(requires_same_network=True))
        )
        fields = asked.forms()["/consent"]
        site.clock.now += 3  # clients are remembered for two seconds
        page = await asked.open("/consent")
        assert "can only be approved from its own network" in page.text
        assert 'value="approve"' not in page.text
        forced = await asked.post("/consent", {**fields, "decision": "approve"})
        assert leads_to(forced) == "/consent"
        assert (await site.grant(pairing)).status is GrantStatus.PENDING
        denied = await asked.post("/consent", {**fields, "decision": "deny"})
        assert leads_to(denied) == "/outcome"

    async def test_proxy_that_is_not_trusted_makes_no_network_the_persons_own(
        self, site: SiteUnderTest
    ) -> None:
        """Behind it the device and the person have the same peer, wherever they are."""
        client = await site.client("lobby-tv")
        await site.backend.store.replace_client(
            replace(client, policy=ClientPolicy(requires_same_network=True))
        )
        site.app = CallerAddress(site.app, TrustedProxies())
        device = await site.browser("10.0.0.1")
        device.http.headers["x-forwarded-for"] = "198.51.100.20"
        started = await device.http.post("/device_authorization", data={"client_id": "lobby-tv"})
        person = await site.browser("10.0.0.1")
        person.http.headers["x-forwarded-for"] = "203.0.113.5"
        await person.open("/signin")
        await person.sign_in()
        with capture_logs() as logs:
            page = await person.follow(await person.enter(started.json()["user_code"]))
        assert page.url.path == "/consent"
        assert "The location of this device is unknown" in page.text
        assert "This site can't tell which network the device is on." in page.text
        assert "on your network" not in page.text
        assert "this site can't tell which network you are on" in page.text
        assert 'value="approve"' not in page.text
        (line,) = [line for line in logs if line["event"] == "network.unknown"]
        assert "PAIRGRANT_TRUSTED_PROXIES" in line["reason"]
        fields = person.forms()["/consent"]
        forced = await person.post("/consent", {**fields, "decision": "approve"})
        assert leads_to(forced) == "/consent"

    async def test_person_on_the_devices_network_may_approve(
        self, site: SiteUnderTest, alices: Browser
    ) -> None:
        client = await site.client("lobby-tv")
        await site.backend.store.replace_client(
            replace(client, policy=ClientPolicy(requires_same_network=True))
        )
        pairing = await site.start_pairing(address="203.0.113.5")
        await alices.follow(await alices.enter(pairing.user_code))
        await alices.submit("/consent", decision="approve")
        assert (await site.grant(pairing)).status is GrantStatus.APPROVED

    async def test_deny_is_first_and_no_button_is_focused(self, asked: Browser) -> None:
        """Deny is at least as prominent as Approve, and the Enter key never approves."""
        text = asked.page.text
        assert "autofocus" not in text
        buttons = re.findall(r'<button name="decision" value="(\w+)"', text)
        assert buttons == ["deny", "approve"]

    async def test_time_left_is_shown_without_javascript(self, site: SiteUnderTest, asked: Browser) -> None:
        site.clock.now += 15
        text = (await asked.open("/consent")).text
        assert 'This code expires in <span role="timer">9:45</span>' in text
        assert '<noscript><meta http-equiv="refresh" content="586"></noscript>' in text

    async def test_hostile_device_name_is_escaped(self, site: SiteUnderTest, alices: Browser) -> None:
        pairing = await site.start_pairing(device_name='<img src=x onerror="alert(1)">\u202e')
        page = await alices.follow(await alices.enter(pairing.user_code))
        assert "<img" not in page.text
        assert "&lt;img src=x onerror=&#39;alert(1)&#39;&gt;" in page.text
        assert "\u202e" not in page.text

    async def test_hostile_client_name_and_unknown_scope_are_escaped(
        self, site: SiteUnderTest, alices: Browser
    ) -> None:
        clients = site.backend.parts.clients
        await clients.add(
            "evil",
            "<b>Bank</b>",
            secret=None,
            grant_types=frozenset({GrantType.DEVICE_CODE}),
            scope="openid x:<script>",
        )
        pairing = await site.start_pairing(client_id="evil", scope="openid x:<script>")
        page = await alices.follow(await alices.enter(pairing.user_code))
        assert "<b>Bank" not in page.text
        assert "&lt;b&gt;Bank&lt;/b&gt;" in page.text
        assert "“x:&lt;script&gt;”" in page.text


class TestDeciding:
    async def test_approve_gives_the_device_its_tokens(
        self, site: SiteUnderTest, asked: Browser, pairing: Pairing
    ) -> None:
        response = await asked.submit("/consent", decision="approve")
        assert (response.status_code, leads_to(response)) == (303, "/outcome")
        grant = await site.grant(pairing)
        assert grant.status is GrantStatus.APPROVED
        assert (await site.user("alice")).user_id == grant.user_id
        assert grant.auth_time == site.clock.now
        site.clock.now += HOLD_SECONDS  # it is on another network
        assert "access_token" in await pairing.poll()

    async def test_deny_reaches_the_device(self, asked: Browser, pairing: Pairing) -> None:
        response = await asked.submit("/consent", decision="deny")
        assert leads_to(response) == "/outcome"
        assert (await pairing.poll())["error"] == "access_denied"

    @pytest.mark.parametrize("decision", ["", "maybe", "APPROVE"])
    async def test_unknown_decision_shows_the_page_again(
        self, site: SiteUnderTest, asked: Browser, pairing: Pairing, decision: str
    ) -> None:
        response = await asked.submit("/consent", decision=decision)
        assert leads_to(response) == "/consent"
        assert (await site.grant(pairing)).status is GrantStatus.PENDING

    async def test_a_second_decision_changes_nothing(
        self, site: SiteUnderTest, asked: Browser, pairing: Pairing
    ) -> None:
        """A double click, or Deny tapped after Approve in the page that is still open."""
        question = asked.forms()["/consent"]
        for decision in ("approve", "approve", "deny"):
            response = await asked.post("/consent", {**question, "decision": decision})
            assert (response.status_code, leads_to(response)) == (303, "/outcome")
        assert (await site.grant(pairing)).status is GrantStatus.APPROVED
        assert "Approved" in (await asked.open("/outcome")).text

    async def test_of_two_decisions_at_once_one_wins(
        self, site: SiteUnderTest, asked: Browser, pairing: Pairing
    ) -> None:
        question = asked.forms()["/consent"]
        await asyncio.gather(
            *(asked.post("/consent", {**question, "decision": decision}) for decision in ("approve", "deny"))
        )
        assert (await site.grant(pairing)).status in {GrantStatus.APPROVED, GrantStatus.DENIED}
        assert len({(await site.grant(pairing)).status for _ in range(2)}) == 1

    async def test_a_code_that_expired_meanwhile_is_not_approved(
        self, site: SiteUnderTest, asked: Browser, pairing: Pairing
    ) -> None:
        site.clock.now += 600
        page = await asked.follow(await asked.submit("/consent", decision="approve"))
        assert "This code has expired" in page.text
        assert (await site.grant(pairing)).status is GrantStatus.PENDING
        assert (await pairing.poll())["error"] == "expired_token"

    async def test_expired_code_has_no_consent_page(self, site: SiteUnderTest, asked: Browser) -> None:
        site.clock.now += 600
        page = await asked.open("/consent")
        assert page.url.path == "/outcome"
        assert "This code has expired" in page.text

    async def test_the_decision_is_for_the_code_that_the_page_showed(
        self, site: SiteUnderTest, asked: Browser, pairing: Pairing
    ) -> None:
        """Another code was entered in another tab: approving in this one must not approve that one."""
        question = asked.forms()["/consent"]
        other = await site.start_pairing(device_name="Someone else's")
        await asked.enter(other.user_code)
        page = await asked.follow(await asked.post("/consent", {**question, "decision": "approve"}))
        assert "Approved" in page.text
        assert (await site.grant(pairing)).status is GrantStatus.APPROVED
        assert (await site.grant(other)).status is GrantStatus.PENDING

    async def test_decision_without_the_mark_of_its_pairing_leads_to_the_question(
        self, site: SiteUnderTest, asked: Browser, pairing: Pairing
    ) -> None:
        question = asked.forms()["/consent"]
        del question["asked"]
        response = await asked.post("/consent", {**question, "decision": "approve"})
        assert leads_to(response) == "/consent"
        assert (await site.grant(pairing)).status is GrantStatus.PENDING

    async def test_a_device_may_ask_for_nothing_and_is_still_asked_about(
        self, site: SiteUnderTest, alices: Browser
    ) -> None:
        pairing = await site.start_pairing(scope="")
        page = await alices.follow(await alices.enter(pairing.user_code))
        assert "<h1>Connect this device?</h1>" in page.text


class TestAuthorizationToDecide:
    """The code is bound to the session that looked it up (better-auth GHSA-cq3f-vc6p-68fh)."""

    async def test_another_person_can_not_decide(
        self, site: SiteUnderTest, asked: Browser, pairing: Pairing
    ) -> None:
        bob = await site.browser()
        await bob.sign_in("bob")
        assert (await bob.open("/consent")).url.path == "/device"
        question = {**asked.forms()["/consent"], "decision": "approve"}
        await bob.open("/device")
        forged = {**question, "csrf_token": bob.forms()["/device"]["csrf_token"]}
        response = await bob.post("/consent", forged)
        assert response.headers["location"] == "/device"
        assert (await site.grant(pairing)).status is GrantStatus.PENDING

    async def test_person_who_is_not_signed_in_can_not_decide(
        self, site: SiteUnderTest, browser: Browser, pairing: Pairing
    ) -> None:
        await browser.follow(await browser.enter(pairing.user_code))
        token = browser.forms()["/signin"]["csrf_token"]
        response = await browser.post("/consent", {"csrf_token": token, "decision": "approve"})
        assert leads_to(response) == "/signin"
        assert (await browser.open("/consent")).url.path == "/signin"
        assert (await site.grant(pairing)).status is GrantStatus.PENDING

    async def test_expired_session_can_not_decide(
        self, site: SiteUnderTest, asked: Browser, pairing: Pairing
    ) -> None:
        question = asked.forms()["/consent"]
        await site.backend.people.set_locked("alice", locked=True)
        response = await asked.post("/consent", {**question, "decision": "approve"})
        assert leads_to(response) == "/signin"
        assert (await site.grant(pairing)).status is GrantStatus.PENDING

    async def test_session_without_a_code_can_not_decide(self, alices: Browser) -> None:
        await alices.open("/devices")
        token = alices.forms()["/signout"]["csrf_token"]
        response = await alices.post("/consent", {"csrf_token": token, "decision": "approve"})
        assert response.headers["location"] == "/device"


class TestLivePart:
    async def test_consent_page_counts_down(self, site: SiteUnderTest, asked: Browser) -> None:
        live = site.live_page(asked.page)
        assert "10:00" in live.html
        site.clock.now += 61
        await live.tick()
        assert "8:59" in live.html

    async def test_consent_page_leads_to_the_outcome_when_the_code_expires(
        self, site: SiteUnderTest, asked: Browser
    ) -> None:
        live = site.live_page(asked.page)
        site.clock.now += 600
        await live.tick()
        assert live.went_to == ["/outcome"]
        assert live.has_stopped

    async def test_consent_page_leads_to_the_outcome_when_another_tab_decides(
        self, site: SiteUnderTest, asked: Browser
    ) -> None:
        live = site.live_page(asked.page)
        await asked.submit("/consent", decision="deny")
        await live.tick()
        assert live.went_to == ["/outcome"]

    async def test_consent_page_stops_updating_when_the_session_ends(
        self, site: SiteUnderTest, asked: Browser
    ) -> None:
        live = site.live_page(asked.page)
        await asked.submit("/signout")
        await live.tick()
        assert live.went_to == ["/device"]
        assert live.has_stopped

    async def test_events_sent_over_the_socket_are_ignored(self, site: SiteUnderTest, asked: Browser) -> None:
        """NiceGUI would handle browser events, log lines and responses; these handlers are removed."""
        assert set(core.sio.handlers["/"]) == {"connect", "disconnect", "ack"}

    @pytest.mark.parametrize(
        "nonsense", [{}, {"client_id": []}, "text", None, {"client_id": "x", "next_message_id": "y"}]
    )
    async def test_malformed_socket_message_is_refused_without_an_error(
        self, site: SiteUnderTest, nonsense: Any
    ) -> None:
        assert not await core.sio.handlers["/"]["ack"]("a-socket", nonsense)
