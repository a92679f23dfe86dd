"""Failures: an error page with a retry time, no half-finished change, and no secret in the log."""

import json
from collections.abc import Callable
from typing import Any

import pytest
from structlog.testing import capture_logs

from pairgrant_server.authorization_server.store.errors import StoreUnavailableError
from pairgrant_server.front.access_log import masked_path
from tests.pages.site_under_test import Browser, SiteUnderTest

BreakStore = Callable[[str, Exception], None]


@pytest.fixture
def break_store(site: SiteUnderTest, monkeypatch: pytest.MonkeyPatch) -> BreakStore:
    """Make one method of the store fail."""

    def fail(name: str, error: Exception) -> None:
        async def failing(*args: Any, **kwargs: Any) -> Any:
            raise error

        monkeypatch.setattr(site.backend.store, name, failing)

    return fail


class TestDatabaseOutage:
    async def test_page_without_database_is_503_with_retry_after(
        self, alices: Browser, break_store: BreakStore
    ) -> None:
        break_store("session", StoreUnavailableError())
        for path in ("/device", "/devices", "/consent"):
            response = await alices.open(path)
            assert response.status_code == 503
            assert response.headers["retry-after"] == "5"
            assert "Temporarily unavailable" in response.text
            assert "frame-ancestors 'none'" in response.headers["content-security-policy"]

    async def test_decision_that_could_not_be_stored_is_503(
        self, site: SiteUnderTest, alices: Browser, break_store: BreakStore
    ) -> None:
        pairing = await site.start_pairing()
        await alices.follow(await alices.enter(pairing.user_code))
        break_store("decide_grant", StoreUnavailableError())
        response = await alices.submit("/consent", decision="approve")
        assert response.status_code == 503
        assert (await site.grant(pairing)).status == "pending"

    async def test_removal_that_could_not_be_stored_is_503(
        self, site: SiteUnderTest, alices: Browser, break_store: BreakStore
    ) -> None:
        pairing = await site.start_pairing()
        await alices.follow(await alices.enter(pairing.user_code))
        await alices.submit("/consent", decision="approve")
        await pairing.poll()
        await alices.open("/devices")
        break_store("ask_removal", StoreUnavailableError())
        assert (await alices.submit("/devices/remove")).status_code == 503

    async def test_live_page_keeps_its_content_and_continues_after_an_outage(
        self, site: SiteUnderTest, alices: Browser, break_store: BreakStore, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        pairing = await site.start_pairing()
        await alices.follow(await alices.enter(pairing.user_code))
        live = site.live_page(await alices.follow(await alices.submit("/consent", decision="approve")))
        await pairing.poll()
        with monkeypatch.context() as gone:
            gone.setattr(site.backend.store, "session", _unavailable)
            await live.tick()
            assert "Your device is finishing" in live.html
            assert not live.has_stopped
        await live.tick()
        assert "is connected" in live.html


async def _unavailable(*args: Any) -> Any:
    raise StoreUnavailableError


class TestBug:
    async def test_bug_is_a_500_page_without_details(self, alices: Browser, break_store: BreakStore) -> None:
        break_store("session", RuntimeError("secret detail"))
        with capture_logs() as logs:
            page, posted = await alices.open("/devices"), await alices.post("/signout", {"next": "/"})
        for response in (page, posted):
            assert response.status_code == 500
            assert "Something went wrong" in response.text
            assert "secret detail" not in response.text
        assert sum(entry["event"] == "page failed" for entry in logs) == 2

    async def test_live_page_stops_updating_after_a_bug(
        self, site: SiteUnderTest, alices: Browser, break_store: BreakStore
    ) -> None:
        live = site.live_page(await alices.open("/devices"))
        break_store("device_page", RuntimeError())
        await live.tick()
        assert live.has_stopped
        assert "No device is connected." in live.html


class TestLog:
    async def test_log_has_no_code_password_cookie_or_token(
        self, site: SiteUnderTest, browser: Browser
    ) -> None:
        pairing = await site.start_pairing()
        with capture_logs() as logs:
            await browser.open(f"/D/{pairing.user_code}?user_code={pairing.user_code}")
            await browser.submit("/device", user_code=pairing.user_code)
            await browser.sign_in("alice", "hunter22")
            await browser.follow(await browser.sign_in())
            await browser.submit("/consent", decision="approve")
            tokens = await pairing.poll()
        written = json.dumps(logs, default=str)
        for secret in (
            pairing.user_code,
            pairing.user_code.replace("-", ""),
            pairing.device_code,
            "correct horse",
            "hunter22",
            browser.cookie,
            tokens["access_token"],
            tokens["refresh_token"],
        ):
            assert secret not in written
        requests = [entry for entry in logs if entry["event"] == "page requested"]
        assert {"method": "GET", "path": "/D/***", "status": 200}.items() <= requests[0].items()
        assert "hunter22" not in written

    @pytest.mark.parametrize(
        ("path", "logged"),
        [
            ("/D/WDJBMJHT", "/D/***"),
            ("/D/WDJB/MJHT", "/D/***"),
            ("/D/a\nb", "/D/***"),
            ("/device", "/device"),
            ("/x\r\nforged=1", "/x\\x0d\\x0aforged=1"),
        ],
    )
    def test_a_path_is_one_visible_line_without_its_code(self, path: str, logged: str) -> None:
        assert masked_path(path) == logged
