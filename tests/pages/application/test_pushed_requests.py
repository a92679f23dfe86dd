"""Pushed authorization requests: RFC 9126."""

from urllib.parse import parse_qsl, urlencode, urlsplit

import httpx
import pytest

from pairgrant_server.authorization_server.model.client_policy import ClientPolicy
from tests.pages.application.code_flow_steps import (
    SECRET,
    approve,
    authorize_url,
    change_client,
    follow,
    redeem,
    response_parameters,
)
from tests.pages.site_under_test import Browser, SiteUnderTest


class TestPushedRequests:
    async def push(self, site: SiteUnderTest, **changes: str | None) -> httpx.Response:
        form = dict(parse_qsl(urlsplit(authorize_url(**changes)).query))
        http = (await site.browser()).http
        found: httpx.Response = await http.post("/par", data={"client_secret": SECRET.reveal(), **form})
        return found

    async def test_client_that_requires_pushed_requests_accepts_no_other(
        self, app: SiteUnderTest, alices: Browser
    ) -> None:
        await change_client(app, policy=ClientPolicy(requires_pushed_requests=True))
        assert response_parameters(await follow(alices, authorize_url()))["error"] == "invalid_request"
        uri = (await self.push(app)).json()["request_uri"]
        query = urlencode({"client_id": "web", "request_uri": uri})
        assert "code" in await approve(alices, f"/authorize?{query}")

    async def test_pushed_requests_of_a_confidential_client_are_limited_by_client(
        self, app: SiteUnderTest
    ) -> None:
        statuses = {(await self.push(app)).status_code for _ in range(301)}
        assert statuses == {201}

    async def test_pushed_requests_of_a_public_client_are_limited_by_address(
        self, app: SiteUnderTest
    ) -> None:
        back = "http://127.0.0.1:51004/callback"
        public = {"client_id": "native", "client_secret": None, "redirect_uri": back}
        http = (await app.browser()).http
        form = dict(parse_qsl(urlsplit(authorize_url(**public)).query))
        found = [await http.post("/par", data=form) for _ in range(301)]
        assert [response.status_code for response in found[-2:]] == [201, 429]
        assert found[-1].headers["retry-after"] == "60"

    @pytest.mark.parametrize("method", ["GET", "PUT"])
    async def test_pushed_requests_need_the_post_method(self, app: SiteUnderTest, method: str) -> None:
        http = (await app.browser()).http
        assert (await http.request(method, "/par")).status_code == 405

    async def test_request_uri_stands_for_the_pushed_request(
        self, app: SiteUnderTest, alices: Browser
    ) -> None:
        pushed = await self.push(app)
        assert pushed.status_code == 201
        assert pushed.json()["expires_in"] == 600
        assert pushed.headers["cache-control"] == "no-store"
        uri = pushed.json()["request_uri"]
        assert uri.startswith("urn:ietf:params:oauth:request_uri:")
        query = urlencode({"client_id": "web", "request_uri": uri, "scope": "email", "redirect_uri": "x"})
        response = await approve(alices, f"/authorize?{query}")
        assert (await redeem(app, response["code"])).json()["scope"] == "openid profile"
        assert (await follow(alices, f"/authorize?{query}")).status_code == 400, "it was decided"

    async def test_request_uri_belongs_to_one_client(self, app: SiteUnderTest, browser: Browser) -> None:
        uri = (await self.push(app)).json()["request_uri"]
        query = urlencode({"client_id": "native", "request_uri": uri})
        assert (await follow(browser, f"/authorize?{query}")).status_code == 400

    @pytest.mark.parametrize("more", ["\r\n", "\x01\x01", "\r\n\r\n<>", "=", "  ", ".."])
    async def test_request_uri_with_ignorable_letters_is_unknown(
        self, app: SiteUnderTest, alices: Browser, more: str
    ) -> None:
        """They would stand in the address of the next page, which is a header."""
        prefix, _, reference = (await self.push(app)).json()["request_uri"].rpartition(":")
        for uri in (f"{prefix}:{more}{reference}", f"{prefix}:{reference}{more}"):
            query = urlencode({"client_id": "web", "request_uri": uri})
            led = await alices.http.get(f"/authorize?{query}")
            assert led.headers["location"] == "/authorize/problem?why=request_uri"

    @pytest.mark.parametrize(
        ("changes", "status", "error"),
        [
            ({"client_secret": "wrong"}, 401, "invalid_client"),
            ({"request_uri": "urn:x"}, 400, "invalid_request"),
            ({"redirect_uri": "https://evil.example"}, 400, "invalid_request"),
            ({"response_type": "token"}, 400, "unsupported_response_type"),
            ({"code_challenge": None}, 400, "invalid_request"),
            ({"scope": "admin"}, 400, "invalid_scope"),
        ],
    )
    async def test_invalid_pushed_request_is_refused_at_once(
        self, app: SiteUnderTest, changes: dict[str, str | None], status: int, error: str
    ) -> None:
        refused = await self.push(app, **changes)
        assert (refused.status_code, refused.json()["error"]) == (status, error)

    async def test_request_uri_expires(self, app: SiteUnderTest, browser: Browser) -> None:
        uri = (await self.push(app)).json()["request_uri"]
        app.clock.now += 600
        query = urlencode({"client_id": "web", "request_uri": uri})
        assert (await follow(browser, f"/authorize?{query}")).status_code == 400
