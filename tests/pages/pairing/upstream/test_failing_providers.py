"""Providers that are down, broken or hostile: a page that says so, and the password still does."""

from dataclasses import replace
from typing import Any

import httpx
import pytest

from pairgrant_protocol.secret import Secret
from pairgrant_server.accounts.upstream.provider_metadata import MAX_DOCUMENT_BYTES
from pairgrant_server.accounts.upstream.upstreams import Upstreams
from tests.fake_provider import FakeProvider
from tests.pages.pairing.upstream.trip import Trip
from tests.pages.site_under_test import Browser, SiteUnderTest, is_signed_in

ISSUER = "https://accounts.example"
BUTTON = "/signin/with/example"
UNAVAILABLE = 503


class TestFailingProviders:
    @pytest.mark.parametrize(
        "response",
        [
            pytest.param((500, {}, b""), id="500"),
            pytest.param((404, {}, b""), id="404"),
            pytest.param((200, {}, b"<html>"), id="no JSON"),
            pytest.param((200, {}, b"[]"), id="no object"),
            pytest.param((200, {}, b" " * (MAX_DOCUMENT_BYTES + 1)), id="huge"),
            pytest.param((200, {"content-encoding": "gzip"}, b""), id="compressed"),
            pytest.param((302, {"location": "https://evil.example/"}, b""), id="a redirect"),
        ],
    )
    @pytest.mark.parametrize("path", ["/.well-known/openid-configuration", "/jwks", "/token"])
    async def test_failing_provider_response_is_explained(
        self, trip: Trip, browser: Browser, provider: FakeProvider, path: str, response: Any
    ) -> None:
        provider.instead[path] = response
        await browser.open("/signin")
        there = await browser.submit(BUTTON)
        if there.status_code == 200:
            uri = provider.authorize(there.headers["refresh"].partition("url=")[2])
            there = await trip.come_back(browser, uri)
        assert (there.status_code, there.headers["retry-after"]) == (UNAVAILABLE, "5")
        assert "is not available right now" in there.text
        assert not await trip.is_signed_in(browser)
        provider.instead.clear()
        assert is_signed_in(await trip.sign_in(browser)), "a failure is not cached"

    @pytest.mark.parametrize(
        "changes",
        [
            {"issuer": "https://evil.example"},
            {"authorization_endpoint": "javascript:alert(1)"},
            {"token_endpoint": "http://accounts.example/token"},
        ],
        ids=str,
    )
    async def test_unusable_discovery_document_is_explained(
        self, browser: Browser, provider: FakeProvider, changes: dict[str, Any]
    ) -> None:
        provider.discovery = changes
        await browser.open("/signin")
        assert (await browser.submit(BUTTON)).status_code == UNAVAILABLE

    async def test_unreachable_provider_is_explained(
        self, browser: Browser, provider: FakeProvider, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        def refuse(*_: Any) -> None:
            raise httpx.ConnectError("no route")

        monkeypatch.setattr(provider, "respond", refuse)
        await browser.open("/signin")
        assert (await browser.submit(BUTTON)).status_code == UNAVAILABLE
        assert is_signed_in(await browser.sign_in()), "the password still does"

    @pytest.mark.parametrize(
        "body", [b"{}", b'{"id_token": 7}', b'{"id_token": "a", "id_token": "b"}', b'{"access_token": "x"}']
    )
    async def test_token_response_without_id_token_is_explained(
        self, trip: Trip, browser: Browser, provider: FakeProvider, body: bytes
    ) -> None:
        provider.instead["/token"] = (200, {}, body)
        assert (await trip.sign_in(browser)).status_code == UNAVAILABLE

    async def test_client_secret_sealed_for_another_issuer_is_not_sent(
        self, trip: Trip, site: SiteUnderTest, browser: Browser, provider: FakeProvider, upstreams: Upstreams
    ) -> None:
        """Who can write to the database has still not got the secret."""
        await upstreams.remove("example")
        await upstreams.add(
            "example", issuer="https://honest.example", client_id="pairgrant", client_secret=Secret("s3cret")
        )
        row = await upstreams.upstream("example")
        assert row is not None
        await site.backend.store.put_upstream(replace(row, issuer=ISSUER))
        assert (await trip.sign_in(browser)).status_code == UNAVAILABLE
        assert "/token" not in provider.asked
