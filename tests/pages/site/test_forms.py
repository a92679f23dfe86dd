"""Every change of state: only from this site's own pages, only in the session they were made for, only as a
strict form.
"""

from typing import Any

import httpx
import pytest

from pairgrant_protocol.device_grant import GrantStatus
from pairgrant_server.authorization_server.http.form import MAX_BODY_BYTES
from pairgrant_server.front.origins import is_foreign, origin_of
from pairgrant_server.pages.site.out_of_date import SEND_AGAIN
from tests.pages.site_under_test import Browser, SiteUnderTest

DECISIONS = {
    "/consent": "/consent",
    "/undo": "/outcome",
    "/confirm": "/outcome",
    "/report": "/device",
    "/devices/remove": "/devices",
    "/devices/remove-all": "/devices",
    "/devices/revoke": "/devices",
    "/devices/undo": "/devices",
    "/authorize/consent": "/devices",
}
"""The form, and the page to which it leads back when it is out of date."""

COMING_AGAIN = {
    "/device": "/device",
    "/signin": "/devices",
    "/signout": "/",
    "/board/add": "/board",
    "/board/remove": "/board",
}
"""The same of forms that decide nothing."""

OWN = "https://pair.example"


@pytest.fixture
async def question(site: SiteUnderTest, alices: Browser) -> dict[str, Any]:
    """Everything that approving takes: Alice's browser, the pairing, and the filled-in form."""
    pairing = await site.start_pairing()
    await alices.follow(await alices.enter(pairing.user_code))
    return {
        "browser": alices,
        "pairing": pairing,
        "form": {**alices.forms()["/consent"], "decision": "approve"},
    }


async def status_of(site: SiteUnderTest, question: dict[str, Any]) -> GrantStatus:
    status: GrantStatus = (await site.grant(question["pairing"])).status
    return status


class TestCsrfToken:
    @pytest.mark.parametrize(("path", "page"), DECISIONS.items())
    async def test_decision_without_csrf_token_is_explained_and_changes_nothing(
        self, alices: Browser, path: str, page: str
    ) -> None:
        fields = {"device_id": "d"} if path.startswith("/devices") else {"decision": "approve"}
        response = await alices.post(path, fields)
        assert response.status_code == 403
        assert "This page is out of date" in response.text
        assert f'href="{page}">Back to the page' in response.text
        assert (await alices.open("/devices")).url.path == "/devices"

    @pytest.mark.parametrize(("path", "page"), COMING_AGAIN.items())
    async def test_other_form_without_csrf_token_comes_again_and_changes_nothing(
        self, alices: Browser, path: str, page: str
    ) -> None:
        response = await alices.post(path, {"username": "alice", "user_code": "BBBB-BBBB", "text": "typed"})
        if path == "/signin":  # Alice is signed in already
            response = await alices.follow(response)
        else:
            assert SEND_AGAIN in response.text
        assert (response.status_code, response.url.path) == (200, page)
        assert (await alices.open("/devices")).url.path == "/devices"
        assert "typed" not in (await alices.open("/board")).text

    async def test_csrf_token_of_another_session_is_refused(
        self, site: SiteUnderTest, question: dict[str, Any]
    ) -> None:
        bob = await site.browser()
        await bob.sign_in("bob")
        await bob.open("/devices")
        form = {**question["form"], "csrf_token": bob.forms()["/signout"]["csrf_token"]}
        assert (await question["browser"].post("/consent", form)).status_code == 403
        assert await status_of(site, question) is GrantStatus.PENDING

    async def test_cleared_cookies_end_on_a_page_that_says_what_to_do(
        self, site: SiteUnderTest, question: dict[str, Any]
    ) -> None:
        question["browser"].http.cookies.clear()
        response = await question["browser"].post("/consent", question["form"])
        assert response.status_code == 403
        assert "Allow cookies for this site" in response.text
        assert await status_of(site, question) is GrantStatus.PENDING

    async def test_csrf_token_from_before_the_sign_in_is_refused(self, browser: Browser) -> None:
        await browser.open("/signin")
        before = browser.forms()["/signin"]["csrf_token"]
        await browser.sign_in()
        assert SEND_AGAIN in (await browser.post("/signout", {"csrf_token": before})).text
        assert (await browser.open("/devices")).url.path == "/devices"


class TestOrigin:
    @pytest.mark.parametrize(
        "headers",
        [
            {"origin": "https://evil.example"},
            {"origin": "null"},
            {"origin": "http://pair.example"},
            {"origin": "https://pair.example:8443"},
            {"origin": "https://pair.example.evil.example"},
            {"origin": "", "sec-fetch-site": "cross-site"},
            {"origin": "", "sec-fetch-site": "same-site"},
            {"origin": "", "referer": "https://evil.example/https://pair.example/"},
        ],
    )
    async def test_a_foreign_page_changes_nothing_even_with_the_right_token(
        self, site: SiteUnderTest, question: dict[str, Any], headers: dict[str, str]
    ) -> None:
        response = await question["browser"].post("/consent", question["form"], **headers)
        assert response.status_code == 403
        assert "Request blocked" in response.text
        assert await status_of(site, question) is GrantStatus.PENDING

    @pytest.mark.parametrize(
        "headers",
        [
            {"origin": OWN},
            {"origin": "", "sec-fetch-site": "same-origin"},
            {"origin": "", "referer": f"{OWN}/consent"},
            {"origin": ""},
        ],
    )
    async def test_form_from_our_own_origin_is_accepted(
        self, site: SiteUnderTest, question: dict[str, Any], headers: dict[str, str]
    ) -> None:
        assert (await question["browser"].post("/consent", question["form"], **headers)).status_code == 303
        assert await status_of(site, question) is GrantStatus.APPROVED

    async def test_repeated_origin_header_is_refused(
        self, site: SiteUnderTest, question: dict[str, Any]
    ) -> None:
        http: httpx.AsyncClient = question["browser"].http
        headers = [("origin", OWN), ("origin", OWN)]
        assert (await http.post("/consent", data=question["form"], headers=headers)).status_code == 403
        assert await status_of(site, question) is GrantStatus.PENDING

    @pytest.mark.parametrize(
        ("url", "origin"),
        [
            ("https://Pair.Example/x?y", "https://pair.example"),
            ("https://pair.example:443", "https://pair.example"),
            ("http://192.168.1.20:8628/", "http://192.168.1.20:8628"),
            ("http://[FD00::1]:80", "http://[fd00::1]"),
            ("ftp://pair.example", None),
            ("https://", None),
            ("https://pair.example:99999", None),
            ("about:blank", None),
        ],
    )
    def test_an_origin_is_written_as_browsers_write_it(self, url: str, origin: str | None) -> None:
        assert origin_of(url) == origin

    def test_foreign_referer_is_refused(self) -> None:
        assert is_foreign([(b"referer", b"nonsense")], OWN)


class TestBody:
    @pytest.mark.parametrize(
        "body",
        [
            b"csrf_token=a&csrf_token=b",
            b"user_code=%ff",
            b"user_code=%zz",
            b"user_code=%00",
        ],
    )
    async def test_a_damaged_form_is_refused(self, browser: Browser, body: bytes) -> None:
        headers = {"content-type": "application/x-www-form-urlencoded", "origin": OWN}
        response = await browser.http.post("/device", content=body, headers=headers)
        assert response.status_code == 400
        assert "arrived incomplete" in response.text

    @pytest.mark.parametrize(
        "content_type", ["application/json", "text/plain", "multipart/form-data; boundary=x", ""]
    )
    async def test_another_content_type_is_refused(self, browser: Browser, content_type: str) -> None:
        headers = {"content-type": content_type, "origin": OWN}
        response = await browser.http.post("/device", content=b"{}", headers=headers)
        assert response.status_code == 400

    async def test_the_content_types_parameters_and_case_do_not_matter(self, browser: Browser) -> None:
        await browser.open("/device")
        token = browser.forms()["/device"]["csrf_token"]
        headers = {"content-type": "Application/X-WWW-Form-Urlencoded; charset=UTF-8", "origin": OWN}
        body = f"csrf_token={token}&user_code=BBBBBBBB".encode()
        response = await browser.http.post("/device", content=body, headers=headers)
        assert (response.status_code, response.headers["location"]) == (303, "/device")

    async def test_more_than_16_kib_are_not_read(self, browser: Browser) -> None:
        response = await browser.post("/device", {"user_code": "B" * MAX_BODY_BYTES})
        assert response.status_code == 413

    async def test_a_browser_that_hangs_up_halfway_has_changed_nothing(
        self, site: SiteUnderTest, browser: Browser
    ) -> None:
        sent: list[Any] = []

        async def receive() -> dict[str, Any]:
            return {"type": "http.disconnect"}

        async def send(message: Any) -> None:
            sent.append(message)

        scope = {
            "type": "http",
            "method": "POST",
            "path": "/device",
            "query_string": b"",
            "headers": [(b"content-type", b"application/x-www-form-urlencoded")],
            "client": ("203.0.113.5", 4321),
        }
        await site.app(scope, receive, send)
        assert sent[0]["status"] == 408
