"""Error pages: what happened, what to do, a reference, and the way back to the person's own pages."""

import pytest

from pairgrant_server.accounts.sessions import Sessions
from pairgrant_server.authorization_server.store.errors import StoreUnavailableError
from tests.pages.site_under_test import Browser, SiteUnderTest

NAVIGATION = ('href="/devices"', 'href="/board"', 'action="/signout"')


class TestUnknownPath:
    async def test_person_who_is_signed_in_keeps_the_navigation(self, alices: Browser) -> None:
        page = await alices.open("/no-such-page")
        assert page.status_code == 404
        assert all(part in page.text for part in NAVIGATION)
        assert page.headers["x-request-id"] in page.text
        assert (await alices.submit("/signout")).status_code == 303

    async def test_stranger_gets_no_navigation_and_no_cookie(
        self, site: SiteUnderTest, browser: Browser
    ) -> None:
        await browser.open("/device")
        page = await browser.open("/no-such-page")
        assert "/board" not in page.text
        page = await (await site.browser()).open("/no-such-page")
        assert page.status_code == 404
        assert "set-cookie" not in page.headers

    async def test_database_that_is_gone_leaves_out_the_navigation(
        self, alices: Browser, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        async def unavailable(*_: object) -> None:
            raise StoreUnavailableError

        monkeypatch.setattr(Sessions, "load", unavailable)
        page = await alices.open("/no-such-page")
        assert page.status_code == 404
        assert "/board" not in page.text


async def test_unusable_request_keeps_the_navigation(alices: Browser) -> None:
    page = await alices.open("/authorize/problem?why=client")
    assert 'href="/board"' in page.text
    assert page.headers["x-request-id"] in page.text


@pytest.mark.parametrize("path", ["/device", "/D/BBBBBBBB", "/"])
async def test_footer_about_codes_is_on_pages_about_codes(alices: Browser, path: str) -> None:
    assert "Only enter a code shown on a device" in (await alices.open(path)).text


@pytest.mark.parametrize("path", ["/devices", "/board", "/no-such-page", "/signin?again=1"])
async def test_footer_about_codes_is_on_no_other_page(alices: Browser, path: str) -> None:
    assert "Only enter a code shown on a device" not in (await alices.open(path)).text
