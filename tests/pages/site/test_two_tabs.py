"""Two tabs of one browser: each keeps its pairing; a sign-in in one makes forms of the other out of date."""

from urllib.parse import parse_qsl, urlsplit

import httpx
import pytest

from pairgrant_protocol.device_grant import GrantStatus
from pairgrant_server.pages.account.notice_board import SIGN_IN_TO_ADD
from pairgrant_server.pages.pairing.code_form import SCAN_IN_THIS_SESSION
from pairgrant_server.pages.site.out_of_date import SEND_AGAIN
from tests.pages.site_under_test import PASSWORD, Browser, Pairing, SiteUnderTest, leads_to

BOB = {"username": "bob", "password": PASSWORD}
STRANGE = "0" * 64


async def asked(site: SiteUnderTest, browser: Browser, name: str) -> Pairing:
    """A device whose code the browser has just looked up; the page after that is open."""
    site.clock.now += 1
    pairing = await site.start_pairing(device_name=name)
    await browser.follow(await browser.enter(pairing.user_code))
    return pairing


def page_of(page: httpx.Response) -> str:
    return page.url.raw_path.decode()


def link_back(page: httpx.Response) -> str:
    return page.text.partition('<a class="button primary" href="')[2].partition('"')[0].replace("&amp;", "&")


class TestPairings:
    async def test_each_page_keeps_its_own(self, site: SiteUnderTest, alices: Browser) -> None:
        await asked(site, alices, "Kitchen")
        kitchen = page_of(alices.page)
        await asked(site, alices, "Garage")
        assert "Garage" in alices.page.text
        page = await alices.open(kitchen)
        assert "Kitchen" in page.text
        assert "Garage" not in page.text
        assert "Garage" in (await alices.open("/consent")).text, "the latest one, where a page names none"

    async def test_live_page_stays_open_while_another_code_is_looked_up(
        self, site: SiteUnderTest, alices: Browser
    ) -> None:
        kitchen = await asked(site, alices, "Kitchen")
        live, question = site.live_page(alices.page), alices.forms()["/consent"]
        await asked(site, alices, "Garage")
        await live.tick()
        assert live.went_to == []
        page = await alices.follow(await alices.post("/consent", {**question, "decision": "approve"}))
        assert (await site.grant(kitchen)).status is GrantStatus.APPROVED
        outcome = site.live_page(page)
        await asked(site, alices, "Hall")
        await kitchen.poll()
        await outcome.tick()
        assert "Your device is connected" in outcome.html

    async def test_live_page_is_left_when_the_session_ends(
        self, site: SiteUnderTest, alices: Browser
    ) -> None:
        await asked(site, alices, "Kitchen")
        live = site.live_page(alices.page)
        await alices.submit("/signout")
        await live.tick()
        assert live.went_to == ["/device"]

    @pytest.mark.parametrize("path", ["/consent", "/outcome"])
    async def test_mark_that_this_session_has_not_looked_up_leads_to_the_code_entry(
        self, site: SiteUnderTest, alices: Browser, path: str
    ) -> None:
        await asked(site, alices, "Kitchen")
        other = await site.browser()
        await other.sign_in("bob")
        await asked(site, other, "Garage")
        mark = other.forms()["/consent"]["asked"]
        for strange in (mark, STRANGE, "", "é"):
            assert page_of(await alices.open(f"{path}?pairing={strange}")) == "/device"

    @pytest.mark.parametrize("action", ["/consent", "/undo", "/confirm", "/report"])
    async def test_form_with_such_a_mark_changes_nothing(
        self, site: SiteUnderTest, alices: Browser, action: str
    ) -> None:
        mine = await asked(site, alices, "Kitchen")
        fields = {**alices.forms()["/consent"], "asked": STRANGE, "decision": "approve", "reply": "no"}
        response = await alices.post(action, fields)
        assert leads_to(response) in {"/device", "/outcome"}
        assert (await site.grant(mine)).status is GrantStatus.PENDING

    async def test_all_are_there_after_a_sign_in_and_after_not_you(
        self, site: SiteUnderTest, browser: Browser
    ) -> None:
        await asked(site, browser, "Kitchen")
        kitchen = page_of(browser.page)
        await asked(site, browser, "Garage")
        await browser.open(kitchen)
        page = await browser.follow(await browser.submit("/signin", username="alice", password=PASSWORD))
        assert "Kitchen" in page.text, "the one that the sign-in page was about"
        await browser.follow(await browser.submit("/signout"))
        assert "Kitchen" in browser.page.text
        await browser.follow(await browser.submit("/signin", **BOB))
        assert "Kitchen" in browser.page.text
        assert "Garage" in (await browser.open("/consent")).text

    async def test_evidence_belongs_to_one_of_them(self, site: SiteUnderTest, alices: Browser) -> None:
        """A wrong number for one device says nothing about the other."""
        kitchen = await site.start_pairing(device_capabilities="number", device_name="Kitchen")
        await alices.follow(await alices.enter(kitchen.user_code))
        question = alices.forms()["/consent"]
        number = (await kitchen.poll())["number"]
        await asked(site, alices, "Garage")
        wrong = f"{(int(number) + 1) % 100:02}"
        await alices.post("/consent", {**question, "decision": "approve", "number": wrong})
        assert "<h1>Connect this device?</h1>" in (await alices.open("/consent")).text
        page = await alices.open(f"/outcome?pairing={question['asked']}")
        assert "The number was wrong" in page.text


class TestFormsThatComeAgain:
    async def test_code_after_a_sign_in_elsewhere(self, site: SiteUnderTest, browser: Browser) -> None:
        pairing = await site.start_pairing()
        await browser.open("/device")
        fields = {**browser.forms()["/device"], "user_code": pairing.user_code}
        await browser.sign_in()
        page = await browser.post("/device", fields)
        assert (page.status_code, page.url.path) == (200, "/device")
        assert SEND_AGAIN in page.text
        assert f'value="{pairing.user_code}"' in page.text
        assert pairing.user_code not in str(page.url)
        again = await browser.submit("/device", user_code=pairing.user_code)
        assert leads_to(again) == "/consent"

    async def test_code_that_arrives_during_a_sign_in_elsewhere(
        self, site: SiteUnderTest, browser: Browser
    ) -> None:
        """With the old cookie: it must not be looked up for the session that the other tab has just left."""
        pairing = await site.start_pairing()
        await browser.open("/device")
        fields, old = browser.forms()["/device"], browser.cookie
        await browser.sign_in()
        new = browser.cookie
        browser.http.cookies.set("__Host-pairgrant", old, domain="pair.example")
        response = await browser.http.post(
            "/device", data={**fields, "user_code": pairing.user_code}, headers={"origin": browser.origin}
        )
        browser.http.cookies.set("__Host-pairgrant", new, domain="pair.example")
        page = await browser.follow(response)
        assert SEND_AGAIN in page.text
        assert f'value="{pairing.user_code}"' in page.text
        assert leads_to(await browser.submit("/device", user_code=pairing.user_code)) == "/consent"

    async def test_link_can_not_come_again_and_the_page_says_so(
        self, site: SiteUnderTest, browser: Browser
    ) -> None:
        pairing = await site.start_pairing()
        await browser.open(f"/D/{pairing.user_code}")
        fields = browser.forms()["/device"]
        await browser.sign_in()
        page = await browser.post("/device", fields)
        assert page.url.path == "/device"
        assert SCAN_IN_THIS_SESSION in page.text

    async def test_sign_in_of_the_person_who_is_signed_in_by_now_leads_on(
        self, site: SiteUnderTest, browser: Browser
    ) -> None:
        await asked(site, browser, "Kitchen")
        fields = {**browser.forms()["/signin"], "username": "Alice", "password": PASSWORD}
        await browser.sign_in()
        page = await browser.follow(await browser.post("/signin", fields))
        assert "<h1>Connect this device?</h1>" in page.text

    async def test_sign_in_of_another_person_comes_again_without_the_password(
        self, site: SiteUnderTest, browser: Browser
    ) -> None:
        await asked(site, browser, "Kitchen")
        fields = {**browser.forms()["/signin"], **BOB}
        await browser.sign_in()
        page = await browser.post("/signin", fields)
        assert page.url.path == "/signin"
        assert SEND_AGAIN in page.text
        assert 'value="bob"' in page.text
        assert PASSWORD not in page.text
        page = await browser.follow(await browser.submit("/signin", **BOB))
        assert "Kitchen" in page.text

    async def test_notice_is_kept_over_a_sign_in(self, browser: Browser, alices: Browser) -> None:
        await alices.open("/board")
        fields = {**alices.forms()["/board/add"], "text": "Lunch at 12"}
        await alices.submit("/signout")
        page = await alices.post("/board/add", fields)
        assert (page.url.path, page.url.query) == ("/signin", b"next=/board")
        assert SIGN_IN_TO_ADD in page.text
        page = await alices.submit("/signin", username="alice", password=PASSWORD)
        assert page.url.path == "/board"
        assert 'value="Lunch at 12"' in page.text
        await alices.follow(await alices.submit("/board/add", text="Lunch at 12"))
        assert "<p>Lunch at 12" in alices.page.text

    async def test_notice_is_kept_over_a_wrong_password(self, alices: Browser) -> None:
        await alices.open("/board")
        fields = {**alices.forms()["/board/add"], "text": "Lunch at 12"}
        await alices.submit("/signout")
        await alices.post("/board/add", fields)
        await alices.submit("/signin", username="alice", password="wrong")
        page = await alices.submit("/signin", username="alice", password=PASSWORD)
        assert 'value="Lunch at 12"' in page.text

    async def test_notice_comes_again_as_another_person(self, alices: Browser) -> None:
        await alices.open("/board")
        fields = {**alices.forms()["/board/add"], "text": "Lunch at 12"}
        await alices.submit("/signout")
        await alices.open("/signin")
        await alices.submit("/signin", **BOB)
        page = await alices.post("/board/add", fields)
        assert page.url.path == "/board"
        assert SEND_AGAIN in page.text
        assert 'value="Lunch at 12"' in page.text
        assert "<p>Lunch at 12" not in page.text

    async def test_sign_out_of_a_session_that_has_ended_is_done(self, alices: Browser) -> None:
        await alices.open("/devices")
        fields = alices.forms()["/signout"]
        await alices.submit("/signout")
        assert (await alices.follow(await alices.post("/signout", fields))).url.path == "/"

    async def test_sign_out_of_another_person_comes_again(self, alices: Browser) -> None:
        await alices.open("/devices")
        fields = alices.forms()["/signout"]
        await alices.submit("/signout")
        await alices.open("/signin")
        await alices.submit("/signin", **BOB)
        assert SEND_AGAIN in (await alices.post("/signout", fields)).text
        assert (await alices.open("/devices")).url.path == "/devices"


class TestDecisions:
    @pytest.mark.parametrize("action", ["/consent", "/report"])
    async def test_is_explained_and_leads_back_to_its_own_page(
        self, site: SiteUnderTest, alices: Browser, action: str
    ) -> None:
        kitchen = await asked(site, alices, "Kitchen")
        fields = {**alices.forms()[action], "decision": "approve"}
        await asked(site, alices, "Garage")
        await alices.open("/signin?again=1")
        await alices.submit("/signin", **BOB)
        page = await alices.post(action, fields)
        assert page.status_code == 403
        assert "<h1>This page is out of date</h1>" in page.text
        assert (await site.grant(kitchen)).status is GrantStatus.PENDING
        page = await alices.open(link_back(page))
        assert page.url.path == "/consent"
        assert "Kitchen" in page.text
        assert "bob" in page.text

    async def test_about_an_outcome_leads_back_to_it(self, site: SiteUnderTest, alices: Browser) -> None:
        await asked(site, alices, "Kitchen")
        fields = alices.forms()["/consent"]
        await alices.follow(await alices.submit("/consent", decision="deny"))
        for action in ("/undo", "/confirm"):
            page = await alices.post(action, {**fields, "csrf_token": "of before"})
            assert link_back(page) == f"/outcome?pairing={fields['asked']}"

    async def test_about_an_application_leads_back_to_its_request(self, alices: Browser) -> None:
        reference = "r" * 43
        page = await alices.post("/authorize/consent", {"request": reference, "decision": "approve"})
        assert page.status_code == 403
        link = urlsplit(link_back(page))
        assert (link.path, parse_qsl(link.query)) == ("/authorize/consent", [("request", reference)])
        for strange in ("//evil.example", "r" * 43 + "&x=y"):
            page = await alices.post("/authorize/consent", {"request": strange})
            assert link_back(page) == "/devices"


class TestCookies:
    @pytest.mark.parametrize("action", ["/device", "/signin", "/consent", "/board/add"])
    async def test_browser_that_sends_none_is_told(self, browser: Browser, action: str) -> None:
        await browser.open("/device")
        fields = browser.forms()["/device"]
        browser.http.cookies.clear()
        page = await browser.post(action, fields)
        assert page.status_code == 403
        assert "<h1>Your browser sent no cookies</h1>" in page.text

    async def test_lost_session_of_a_browser_that_sends_others_is_no_such_case(self, alices: Browser) -> None:
        await alices.open("/device")
        fields = {**alices.forms()["/device"], "user_code": "WDJB-MJHT"}
        alices.http.cookies.delete("__Host-pairgrant")
        page = await alices.post("/device", fields)
        assert SEND_AGAIN in page.text
        assert 'value="WDJB-MJHT"' in page.text
