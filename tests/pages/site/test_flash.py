"""Post, redirect, get: what was wrong with a form is said once, by a cookie of this session alone."""

import re
from typing import Any

import pytest

from pairgrant_protocol.secret import Secret
from pairgrant_server.pages.pairing.code_form import NO_SUCH_CODE
from pairgrant_server.pages.site.flash import LONGEST, Flash, Flashes
from pairgrant_server.resource_server.notice_boards import MAX_CHARACTERS
from pairgrant_server.translation import Translatable
from tests.pages.site_under_test import Browser, SiteUnderTest

COOKIE = "__Secure-pairgrant-flash"
CODE = "BBBB-BBBB"


async def refused(browser: Browser) -> Any:
    """A wrong code, not followed to the page that says so."""
    await browser.open("/device")
    fields = {**browser.forms()["/device"], "user_code": CODE}
    return await browser.http.post("/device", data=fields, headers={"origin": browser.origin})


async def test_error_and_what_was_typed_are_shown_once(browser: Browser) -> None:
    response = await refused(browser)
    assert (response.status_code, response.headers["location"]) == (303, "/device")
    page = await browser.follow(response)
    assert NO_SUCH_CODE in page.text
    assert f'value="{CODE}"' in page.text
    page = await browser.open("/device")
    assert NO_SUCH_CODE not in page.text
    assert CODE not in page.text
    assert COOKIE not in browser.http.cookies


async def test_cookie_is_short_lived_and_of_one_page(browser: Browser) -> None:
    header = (await refused(browser)).headers["set-cookie"]
    assert re.fullmatch(rf"{COOKIE}=[\w-]+; HttpOnly; Max-Age=60; Path=/device; SameSite=lax; Secure", header)
    assert CODE not in header


@pytest.mark.parametrize("public_url", ["http://127.0.0.1:8628"])
async def test_plain_http_gets_a_cookie_that_it_accepts(browser: Browser) -> None:
    page = await browser.follow(await refused(browser))
    assert NO_SUCH_CODE in page.text


async def test_password_is_in_no_cookie(site: SiteUnderTest, browser: Browser) -> None:
    await browser.open("/signin")
    fields = {**browser.forms()["/signin"], "username": "alice", "password": "a wrong secret"}
    response = await browser.http.post("/signin", data=fields, headers={"origin": browser.origin})
    flash = Flashes(site.backend.server_key, is_https=True).read(
        response.cookies[COOKIE], Secret(browser.cookie), "/signin"
    )
    assert flash is not None
    assert flash.typed == {"username": "alice"}


@pytest.mark.parametrize("value", ["", "forged", "A" * 100, "é", "x" * 4000])
async def test_forged_cookie_is_ignored(browser: Browser, value: str) -> None:
    await browser.open("/device")
    header = (b"cookie", f"__Host-pairgrant={browser.cookie}; {COOKIE}={value}".encode())
    page = await browser.http.get("/device", headers=[header])
    assert page.status_code == 200
    assert "aria-invalid" not in page.text


async def test_cookie_of_another_browser_is_ignored(site: SiteUnderTest, browser: Browser) -> None:
    """Or an attacker with a sibling domain could put a text onto a page of ours."""
    stolen = (await refused(await site.browser())).cookies[COOKIE]
    browser.http.cookies.set(COOKIE, stolen, domain="pair.example", path="/device")
    assert NO_SUCH_CODE not in (await browser.open("/device")).text


async def test_another_page_neither_says_nor_removes_it(browser: Browser) -> None:
    response = await refused(browser)
    assert NO_SUCH_CODE not in (await browser.open("/device?type=code")).text
    assert NO_SUCH_CODE in (await browser.follow(response)).text


async def test_invalid_notice_is_kept_and_shown_once(alices: Browser) -> None:
    text = "é" * (MAX_CHARACTERS + 1)
    await alices.open("/board")
    page = await alices.submit("/board/add", text=text)
    assert f"at most {MAX_CHARACTERS} characters" in page.text
    assert f'value="{text}"' in page.text
    assert text not in (await alices.open("/board")).text


async def test_page_after_a_report_can_be_reloaded(site: SiteUnderTest, browser: Browser) -> None:
    pairing = await site.start_pairing()
    await browser.open(f"/D/{pairing.user_code}")
    page = await browser.submit("/report")
    assert page.url.path == "/reported"
    assert (await browser.open("/reported")).text == page.text
    assert (await (await site.browser()).open("/reported")).url.path == "/", "says nothing without a report"


class TestFlash:
    @pytest.mark.parametrize("sign", ["x", "é", "\U0001f600", '"', "\\", "\ud800"])
    def test_long_text_is_cut_to_fit_into_a_cookie(self, sign: str) -> None:
        flash = Flash(error="wrong", typed={"text": sign * 10_000, "name": "short"})
        serialized = flash.serialize("/board")
        assert len(serialized) <= LONGEST
        parsed = Flash.parse(serialized, "/board")
        assert parsed is not None
        assert parsed.typed["text"]

    def test_texts_are_translated_where_they_are_shown(self) -> None:
        inner = Translatable("in {place}", place="Milan")
        error = Translatable("At most {limit} characters, {where}.", limit=200, where=inner)
        flash = Flash.parse(Flash(error=error, notice="plain").serialize("/board"), "/board")
        assert flash is not None
        assert isinstance(flash.error, Translatable)
        assert (flash.error, flash.error.message) == (error, error.message)
        assert flash.notice == "plain"

    def test_is_for_one_page(self) -> None:
        assert Flash.parse(Flash(error="wrong").serialize("/board"), "/device") is None
