"""Requests that are never redirected to the client: RFC 6749 §4.1.2.1, RFC 9700 §4.11."""

from typing import Any

import pytest

from pairgrant_server.authorization_server.store.errors import StoreUnavailableError
from tests.pages.application.code_flow_steps import (
    PASSWORD,
    authorize_url,
    change_client,
    follow,
)
from tests.pages.site_under_test import Browser, SiteUnderTest


class TestUnusableRequests:
    @pytest.mark.parametrize(
        "changes",
        [
            {"client_id": "nobody"},
            {"client_id": None},
            {"redirect_uri": None},
            {"redirect_uri": "https://evil.example/back"},
            {"redirect_uri": "https://app.example/back/../evil"},
            {"request_uri": "urn:ietf:params:oauth:request_uri:" + "A" * 43},
        ],
    )
    async def test_unknown_client_or_redirect_uri_gets_an_error_page(
        self, app: SiteUnderTest, browser: Browser, changes: dict[str, str | None]
    ) -> None:
        page = await follow(browser, authorize_url(**changes))
        assert page.status_code == 400
        assert "evil.example" not in page.text

    @pytest.mark.parametrize(
        "query",
        ["client_id=web&client_id=native", "client_id=%FF", "client_id=web&state=%00", "x=%zz"],
    )
    async def test_malformed_query_gets_an_error_page(
        self, app: SiteUnderTest, browser: Browser, query: str
    ) -> None:
        page = await follow(browser, f"/authorize?{query}")
        assert page.status_code == 400

    @pytest.mark.parametrize("reference", ["", "A" * 43, "%00", "ä", "..", "A" * 5000])
    async def test_unknown_reference_gets_an_error_page(
        self, app: SiteUnderTest, alices: Browser, reference: str
    ) -> None:
        page = await alices.http.get("/authorize/consent", params={"request": reference})
        assert page.status_code == 410

    @pytest.mark.parametrize(
        "next_page",
        [
            "https://evil.example",
            "//evil.example",
            "/authorize/consent?request=" + "A" * 42,
            "/authorize/consent?request=" + "A" * 43 + "&x=//evil.example",
            "/authorize/consent?request=" + "A" * 43 + "\n",
            "/authorize?redirect_uri=https://evil.example",
        ],
    )
    async def test_sign_in_with_a_foreign_next_page_leads_nowhere(
        self, app: SiteUnderTest, browser: Browser, next_page: str
    ) -> None:
        await browser.open("/signin")
        response = await browser.submit("/signin", username="alice", password=PASSWORD, next=next_page)
        assert response.headers["location"] == "/devices"

    async def test_a_foreign_form_decides_nothing(self, app: SiteUnderTest, alices: Browser) -> None:
        await follow(alices, authorize_url())
        fields = {**alices.forms()["/authorize/consent"], "decision": "approve"}
        foreign = await alices.post("/authorize/consent", fields, origin="https://evil.example")
        assert foreign.status_code == 403
        forged = await alices.post("/authorize/consent", {**fields, "csrf_token": "forged"})
        assert forged.status_code == 403
        stranger = await app.browser("198.51.100.9")
        await stranger.sign_in("bob")
        borrowed = await stranger.post("/authorize/consent", fields)
        assert borrowed.status_code == 403

    async def test_request_with_a_removed_redirect_uri_gets_an_error_page(
        self, app: SiteUnderTest, alices: Browser
    ) -> None:
        await follow(alices, authorize_url())
        await change_client(app, redirect_uris=("https://app.example/new",))
        response = await alices.submit("/authorize/consent", decision="approve")
        assert response.status_code == 410

    @pytest.mark.parametrize("path", ["/authorize", "/logout"])
    async def test_authorization_request_without_database_gets_an_error_page(
        self, app: SiteUnderTest, browser: Browser, monkeypatch: pytest.MonkeyPatch, path: str
    ) -> None:
        async def gone(*_: Any) -> None:
            raise StoreUnavailableError

        monkeypatch.setattr(app.backend.parts.clients, "client", gone)
        page = await follow(browser, f"{path}?client_id=web")
        assert (page.status_code, page.headers["retry-after"]) == (503, "5")
        assert "Temporarily unavailable" in page.text

    async def test_too_long_query_gets_an_error_page(self, app: SiteUnderTest, browser: Browser) -> None:
        assert (await follow(browser, authorize_url(state="s" * 16_384))).status_code == 400

    async def test_flood_of_authorization_requests_is_limited(
        self, app: SiteUnderTest, browser: Browser
    ) -> None:
        flood = [await browser.http.get("/authorize") for _ in range(301)]
        assert [found.headers["location"] for found in flood[-2:]] == [
            "/authorize/problem?why=client",
            "/authorize/problem?why=busy",
        ]
        assert (await browser.http.get("/authorize/problem?why=busy")).status_code == 429
        app.clock.now += 60
        assert (await browser.http.get("/authorize")).headers["location"].endswith("client")
