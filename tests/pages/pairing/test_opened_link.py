"""The link of the QR code (RFC 8628 §3.3.1): one button, evidence bound to the browser that opened it, and
nothing changed by being opened.
"""

import re
from typing import Any

import pytest
from structlog.testing import capture_logs

from pairgrant_protocol.fresh_scan import STEP, proof, step_at
from pairgrant_protocol.vocabulary import PairingStage
from pairgrant_server.authorization_server.device_flow.arrival import Arrival
from pairgrant_server.authorization_server.limits.code_attempts import PER_NETWORK
from pairgrant_server.authorization_server.risk.evidence import CameFrom, Entry
from pairgrant_server.pages.pairing.code_form import (
    FROM_ANOTHER_SITE,
    NO_SUCH_CODE,
    SCAN_AGAIN,
    TYPE_THE_CODE,
)
from tests.pages.site_under_test import HTTPS, Browser, Pairing, SiteUnderTest, leads_to

NUMBER_AND_SCAN = "number fresh_scan"
CAMERA, OTHER_SITE = {"sec-fetch-site": "none"}, {"sec-fetch-site": "cross-site"}
_CHANGING = re.compile(r'name="(csrf_token|opened|page)" value="[^"]+"')


async def link_of(site: SiteUnderTest, pairing: Pairing, *, age: float = 0) -> str:
    """What the device's QR code showed ``age`` seconds ago."""
    assert pairing.proof_key is not None
    step = step_at(site.clock.now - (await site.grant(pairing)).created_at - age)
    return f"/D/{pairing.user_code.replace('-', '')}/{proof(pairing.proof_key, pairing.user_code, step)}"


async def arrival_in(site: SiteUnderTest, browser: Browser) -> Arrival:
    cookie = site.sessions.known_shape(browser.cookie)
    assert cookie is not None
    (pairing,) = (await site.sessions.load(cookie)).pairings
    return Arrival.from_json(pairing.arrival)


class TestOpening:
    @pytest.mark.parametrize("change", [str.upper, str.lower])
    async def test_link_has_one_button_and_no_field_for_the_code(
        self, site: SiteUnderTest, browser: Browser, change: Any
    ) -> None:
        pairing = await site.start_pairing()
        page = await browser.open(f"/D/{change(pairing.user_code.replace('-', ''))}")
        assert page.status_code == 200
        assert browser.forms()["/device"].keys() == {"csrf_token", "opened"}
        assert 'name="user_code"' not in page.text
        assert pairing.user_code not in page.text
        assert '<a class="link" href="/device">Enter another code</a>' in page.text
        assert "autofocus" not in page.text

    @pytest.mark.parametrize("headers", [CAMERA, OTHER_SITE, {}])
    async def test_opening_a_link_changes_nothing(
        self, site: SiteUnderTest, alices: Browser, headers: dict[str, str]
    ) -> None:
        """No claim, no approval, no stage, no attempt spent: a link preview is harmless."""
        pairing = await site.start_pairing(device_capabilities=NUMBER_AND_SCAN)
        before = await site.grant(pairing)
        for link in (f"/D/{pairing.user_code}", await link_of(site, pairing)):
            for _ in range(PER_NETWORK):
                assert (await alices.open(link, **headers)).status_code == 200
        assert await site.grant(pairing) == before
        assert (await pairing.poll())["pairing_stage"] == PairingStage.WAITING
        assert (await alices.open("/consent")).url.path == "/device"

    async def test_link_with_an_unknown_code_or_proof_gets_the_same_page(
        self, site: SiteUnderTest, browser: Browser
    ) -> None:
        pairing = await site.start_pairing(device_capabilities=NUMBER_AND_SCAN)
        real = await link_of(site, pairing)
        links = (real, f"/D/{pairing.user_code}", "/D/BBBB-BBBB", "/D/BBBBBBBB/AAAAAAAA")
        assert len({_CHANGING.sub("", (await browser.open(link)).text) for link in links}) == 1

    @pytest.mark.parametrize("code", ["%3Cb%3EHELLO", "BCDFGHJKA"])
    async def test_link_with_a_malformed_code_offers_an_empty_field(
        self, browser: Browser, code: str
    ) -> None:
        """Or a link could bring a code that counts as typed once the person has removed a letter too many."""
        page = await browser.open(f"/D/{code}")
        assert page.status_code == 404
        assert 'name="user_code" type="text" value=""' in page.text
        assert "/device" in browser.forms()

    @pytest.mark.parametrize("proof", ["", "01", "ABCDEFGH/I", "A" * 17, "%C3%A9", "A%0A"])
    async def test_malformed_proof_is_no_page(self, browser: Browser, proof: str) -> None:
        assert (await browser.open(f"/D/WDJBMJHT/{proof}")).status_code == 404

    async def test_prefetch_from_another_site_is_no_event(
        self, site: SiteUnderTest, browser: Browser
    ) -> None:
        pairing = await site.start_pairing()
        with capture_logs() as logs:
            await browser.open(
                f"/D/{pairing.user_code}", **{"sec-fetch-site": "cross-site", "sec-purpose": "prefetch"}
            )
        assert [line for line in logs if line["event"] == "link.cross_site"] == []


class TestContinuing:
    async def test_continue_leads_to_the_sign_in_and_then_to_consent(
        self, site: SiteUnderTest, browser: Browser
    ) -> None:
        """Scan, continue, sign in, approve: as many taps as before the proof."""
        pairing = await site.start_pairing(device_capabilities=NUMBER_AND_SCAN)
        await browser.open(await link_of(site, pairing), **CAMERA)
        assert (await browser.follow(await browser.submit("/device"))).url.path == "/signin"
        signed_in = await browser.submit("/signin", username="alice", password="correct horse")
        assert (await browser.follow(signed_in)).url.path == "/consent"
        assert 'name="number"' not in browser.page.text
        await browser.submit("/consent", decision="approve")
        assert "access_token" in await pairing.poll()

    @pytest.mark.parametrize(("age", "is_fresh"), [(0, True), (2 * STEP, True), (3 * STEP, False)])
    async def test_proof_counts_for_45_seconds(
        self, site: SiteUnderTest, alices: Browser, age: float, *, is_fresh: bool
    ) -> None:
        pairing = await site.start_pairing(device_capabilities=NUMBER_AND_SCAN)
        site.clock.now += 10 * STEP
        await alices.open(await link_of(site, pairing, age=age), **CAMERA)
        page = await alices.follow(await alices.submit("/device"))
        assert ('name="number"' not in page.text) is is_fresh
        assert await arrival_in(site, alices) == Arrival(Entry.PREFILLED, CameFrom.DIRECT, is_fresh)

    async def test_age_of_a_proof_is_that_of_the_opening_however_long_the_sign_in_takes(
        self, site: SiteUnderTest, browser: Browser
    ) -> None:
        pairing = await site.start_pairing(device_capabilities=NUMBER_AND_SCAN)
        await browser.open(await link_of(site, pairing), **CAMERA)
        site.clock.now += 120
        await browser.follow(await browser.submit("/device"))
        await browser.follow(await browser.submit("/signin", username="alice", password="correct horse"))
        assert browser.page.url.path == "/consent"
        assert 'name="number"' not in browser.page.text

    async def test_fresh_scan_on_another_network_still_asks_for_the_number(self, site: SiteUnderTest) -> None:
        pairing = await site.start_pairing(address="198.51.100.20", device_capabilities=NUMBER_AND_SCAN)
        person = await site.browser()
        await person.sign_in()
        await person.open(await link_of(site, pairing), **CAMERA)
        assert 'name="number"' in (await person.follow(await person.submit("/device"))).text

    async def test_sealed_link_of_another_browser_is_worth_nothing(self, site: SiteUnderTest) -> None:
        pairing = await site.start_pairing(device_capabilities=NUMBER_AND_SCAN)
        attacker, victim = await site.browser(), await site.browser()
        await attacker.open(await link_of(site, pairing), **CAMERA)
        stolen = attacker.forms()["/device"]["opened"]
        await victim.open("/device")
        page = await victim.submit("/device", opened=stolen)
        assert page.status_code == 200
        assert "Enter the code that your device shows." in page.text

    async def test_scanning_again_renews_the_evidence(self, site: SiteUnderTest, alices: Browser) -> None:
        pairing = await site.start_pairing(device_capabilities=NUMBER_AND_SCAN)
        site.clock.now += 10 * STEP
        await alices.open(await link_of(site, pairing, age=100), **CAMERA)
        assert 'name="number"' in (await alices.follow(await alices.submit("/device"))).text
        await alices.open(await link_of(site, pairing), **CAMERA)
        assert 'name="number"' not in (await alices.follow(await alices.submit("/device"))).text

    async def test_unknown_code_of_a_link_is_explained_beside_an_empty_field(self, browser: Browser) -> None:
        await browser.open("/D/BBBBBBBB")
        page = await browser.submit("/device")
        assert page.status_code == 200
        assert NO_SUCH_CODE in page.text
        assert 'name="user_code" type="text" value=""' in page.text

    async def test_link_is_not_kept_over_a_sign_in_that_a_limit_asks_for(
        self, site: SiteUnderTest, browser: Browser
    ) -> None:
        """It would be taken for a typed code then."""
        for _ in range(PER_NETWORK):
            await browser.enter("BBBB-BBBB")
        pairing = await site.start_pairing()
        await browser.open(f"/D/{pairing.user_code}")
        page = await browser.submit("/device")
        assert page.url.path == "/signin"
        assert SCAN_AGAIN in page.text
        assert browser.forms()["/signin"].keys() == {"csrf_token", "next"}

    async def test_not_you_keeps_the_evidence(self, site: SiteUnderTest, alices: Browser) -> None:
        """A prefilled code does not become a typed one, nor this browser another one."""
        pairing = await site.start_pairing(device_capabilities=NUMBER_AND_SCAN)
        await alices.open(await link_of(site, pairing), **CAMERA)
        await alices.follow(await alices.submit("/device"))
        before = await arrival_in(site, alices)
        await alices.follow(await alices.submit("/signout"))
        assert await arrival_in(site, alices) == before
        signed_in = await alices.submit("/signin", username="bob", password="correct horse")
        page = await alices.follow(signed_in)
        assert page.url.path == "/consent"
        assert "Someone else has entered this code too" not in page.text


class TestAnotherSite:
    async def test_nothing_is_prefilled_and_the_page_says_why(
        self, site: SiteUnderTest, browser: Browser
    ) -> None:
        pairing = await site.start_pairing(device_capabilities=NUMBER_AND_SCAN)
        page = await browser.open(await link_of(site, pairing), **OTHER_SITE)
        assert FROM_ANOTHER_SITE in page.text
        assert 'name="user_code" type="text" value=""' in page.text
        assert pairing.user_code not in page.text
        assert "opened" not in browser.forms()["/device"]

    async def test_malformed_code_is_not_shown(self, browser: Browser) -> None:
        assert "CALL" not in (await browser.open("/D/CALL-911", **OTHER_SITE)).text

    async def test_typed_code_goes_on(self, site: SiteUnderTest, alices: Browser) -> None:
        pairing = await site.start_pairing(device_capabilities=NUMBER_AND_SCAN)
        await alices.open(await link_of(site, pairing), **OTHER_SITE)
        page = await alices.follow(await alices.submit("/device", user_code=pairing.user_code))
        assert page.url.path == "/consent"
        assert 'name="number"' in page.text

    async def test_browser_without_the_header_is_taken_for_unknown(
        self, site: SiteUnderTest, alices: Browser
    ) -> None:
        pairing = await site.start_pairing(device_capabilities=NUMBER_AND_SCAN)
        await alices.open(await link_of(site, pairing))
        await alices.submit("/device")
        assert (await arrival_in(site, alices)).came_from is CameFrom.UNKNOWN


class TestPrefillPolicy:
    """What a link may carry is the client's policy; a code that has to be typed is no wrong guess."""

    async def test_link_of_a_stock_device_elsewhere_asks_for_the_code_and_binds_nothing(
        self, site: SiteUnderTest, alices: Browser
    ) -> None:
        pairing = await site.start_pairing(address="198.51.100.20")
        await alices.open(f"/D/{pairing.user_code}", **CAMERA)
        page = await alices.follow(await alices.submit("/device"))
        assert page.url.path == "/device"
        assert TYPE_THE_CODE.replace("'", "&#39;") in page.text
        assert (await pairing.poll())["pairing_stage"] == PairingStage.WAITING
        assert (await alices.open("/consent")).url.path == "/device"
        assert leads_to(await alices.enter(pairing.user_code)) == "/consent"

    async def test_code_that_has_to_be_typed_is_no_wrong_guess(self, site: SiteUnderTest) -> None:
        pairing = await site.start_pairing(address="198.51.100.20")
        person = await site.browser()
        for _ in range(2 * PER_NETWORK):
            await person.open(f"/D/{pairing.user_code}", **CAMERA)
            assert (await person.submit("/device")).headers["location"] == "/device?type=code"
        assert site.pauses == []

    async def test_link_of_a_stock_device_on_the_own_network_goes_on(
        self, site: SiteUnderTest, alices: Browser
    ) -> None:
        pairing = await site.start_pairing()
        await alices.open(f"/D/{pairing.user_code}", **CAMERA)
        assert leads_to(await alices.submit("/device")) == "/consent"

    @pytest.mark.parametrize(("prefill", "page"), [("always", "/consent"), ("never", "/device?type=code")])
    async def test_policy_says_whether_a_link_is_enough(
        self, site: SiteUnderTest, alices: Browser, prefill: str, page: str
    ) -> None:
        await site.set_policy(prefill=prefill)
        pairing = await site.start_pairing(address="198.51.100.20")
        await alices.open(f"/D/{pairing.user_code}", **CAMERA)
        assert leads_to(await alices.submit("/device")) == page


class TestPastedLink:
    """A link in the field is a link: it is judged as one that was opened, and never kept in the field."""

    @pytest.mark.parametrize(
        "link", ["{site}/D/{code}", "{site}/D/{code}/AAAAAAAA", "{site}/device?user_code={code}"]
    )
    async def test_pasted_link_is_looked_up_as_prefilled(
        self, site: SiteUnderTest, alices: Browser, link: str
    ) -> None:
        pairing = await site.start_pairing()
        response = await alices.enter(link.format(site=HTTPS, code=pairing.user_code))
        assert leads_to(response) == "/consent"
        assert (await arrival_in(site, alices)).entry is Entry.PREFILLED

    async def test_pasted_proof_of_a_fresh_scan_shows_no_scan(
        self, site: SiteUnderTest, alices: Browser
    ) -> None:
        pairing = await site.start_pairing(device_capabilities=NUMBER_AND_SCAN)
        await alices.enter(HTTPS + await link_of(site, pairing))
        assert await arrival_in(site, alices) == Arrival(Entry.PREFILLED)

    async def test_policy_that_asks_for_a_typed_code_does_so_after_a_pasted_link(
        self, site: SiteUnderTest, alices: Browser
    ) -> None:
        await site.set_policy(prefill="never")
        pairing = await site.start_pairing()
        response = await alices.enter(f"{HTTPS}/D/{pairing.user_code}")
        assert response.headers["location"] == "/device?type=code"

    async def test_link_of_another_site_is_explained(self, browser: Browser) -> None:
        page = await browser.enter("https://other.example/D/WDJBMJHT")
        assert "belongs to another site, other.example, and its code doesn" in page.text
        assert 'name="user_code" type="text" value=""' in page.text

    async def test_address_of_this_site_is_explained(self, browser: Browser) -> None:
        page = await browser.enter(f"{HTTPS}/device")
        assert "This is only the address of this page." in page.text

    async def test_link_after_which_a_sign_in_is_required_is_not_kept(
        self, site: SiteUnderTest, browser: Browser
    ) -> None:
        for _ in range(PER_NETWORK):
            await browser.enter("BBBB-BBBB")
        pairing = await site.start_pairing()
        page = await browser.enter(f"{HTTPS}/D/{pairing.user_code}")
        assert SCAN_AGAIN in page.text
        assert "user_code" not in browser.forms()["/signin"]

    async def test_reported_link_ends_its_pairing(self, site: SiteUnderTest, browser: Browser) -> None:
        pairing = await site.start_pairing()
        await browser.open("/device")
        fields = browser.forms()["/device"]
        await browser.post("/report", {**fields, "user_code": f"{HTTPS}/D/{pairing.user_code}"})
        assert (await pairing.poll())["error"] == "access_denied"


class TestQuery:
    """``/device?user_code=CODE``, as other servers write ``verification_uri_complete``, is the same link."""

    async def test_opens_the_same_page_as_a_link_and_looks_nothing_up(
        self, site: SiteUnderTest, alices: Browser
    ) -> None:
        pairing = await site.start_pairing()
        links = (f"/D/{pairing.user_code}", f"/device?user_code={pairing.user_code.lower()}")
        pages = [await alices.open(link, **CAMERA) for link in links]
        assert len({_CHANGING.sub("", page.text).replace('action="/device?', "") for page in pages}) == 1
        assert pairing.user_code not in pages[1].text
        assert (await pairing.poll())["pairing_stage"] == PairingStage.WAITING

    async def test_counts_as_prefilled(self, site: SiteUnderTest, alices: Browser) -> None:
        pairing = await site.start_pairing()
        await alices.open(f"/device?user_code={pairing.user_code}", **CAMERA)
        assert leads_to(await alices.submit("/device")) == "/consent"
        assert await arrival_in(site, alices) == Arrival(Entry.PREFILLED, CameFrom.DIRECT)

    async def test_from_another_site_prefills_nothing(self, site: SiteUnderTest, browser: Browser) -> None:
        pairing = await site.start_pairing()
        page = await browser.open(f"/device?user_code={pairing.user_code}", **OTHER_SITE)
        assert FROM_ANOTHER_SITE in page.text
        assert "opened" not in browser.forms()["/device"]

    async def test_malformed_code_offers_an_empty_field(self, browser: Browser) -> None:
        page = await browser.open("/device?user_code=BCDFGHJKA")
        assert page.status_code == 404
        assert "A code never contains A" in page.text
        assert 'name="user_code" type="text" value=""' in page.text

    async def test_code_is_in_no_log(self, site: SiteUnderTest, browser: Browser) -> None:
        pairing = await site.start_pairing()
        with capture_logs() as logs:
            await browser.open(f"/device?user_code={pairing.user_code}")
            await browser.enter(f"{HTTPS}/device?user_code={pairing.user_code}")
        assert any(line["event"] == "page requested" for line in logs)
        assert pairing.user_code not in str(logs)
