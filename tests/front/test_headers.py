"""The security headers and the session cookie of every response."""

import re
from pathlib import Path
from typing import Any

import pytest

from tests.pages.site_under_test import Browser, SiteUnderTest

STILL_POLICY = (
    "default-src 'none'; style-src 'self'; img-src 'self'; form-action 'self'; base-uri 'none'; "
    "frame-ancestors 'none'"
)


async def every_answer(site: SiteUnderTest) -> dict[str, Any]:
    """One of each kind: pages, errors, redirects, responses to forms."""
    stranger, alice = await site.browser(), await site.browser()
    responses: dict[str, Any] = {}
    for path in ("/", "/device", "/D/WDJBMJHT", "/D/HELLO", "/signin", "/nothing", "/signout"):
        responses[f"stranger {path}"] = await stranger.open(path)
    responses["redirect"] = await stranger.http.get("/devices")
    responses["wrong code"] = await stranger.enter("BBBB-BBBB")
    responses["foreign"] = await stranger.post("/device", {}, origin="https://evil.example")
    responses["no token"] = await stranger.post("/device", {})
    responses["no form"] = await stranger.http.post("/device", json={}, headers={"origin": site.public_url})
    responses["wrong password"] = await stranger.sign_in("alice", "wrong")
    responses["signed in"] = await alice.sign_in()
    pairing = await site.start_pairing()
    responses["right code"] = await alice.enter(pairing.user_code)
    for path in ("/consent", "/devices", "/board"):
        responses[f"alice {path}"] = await alice.open(path)
    await alice.open("/consent")
    responses["decided"] = await alice.submit("/consent", decision="approve")
    responses["alice /outcome"] = await alice.open("/outcome")
    return responses


LIVE = {"alice /consent", "alice /devices", "alice /outcome"}


async def test_every_response_of_the_site_has_the_security_headers(site: SiteUnderTest) -> None:
    for name, response in (await every_answer(site)).items():
        headers = response.headers
        assert headers["x-content-type-options"] == "nosniff", name
        assert headers["x-frame-options"] == "DENY", name
        assert headers["cache-control"] == "no-store", name
        assert headers["cross-origin-opener-policy"] == "same-origin", name
        assert headers["referrer-policy"] == "strict-origin", name
        assert headers["permissions-policy"].startswith("camera=()"), name
        assert headers["strict-transport-security"] == "max-age=63072000", name
        assert "frame-ancestors 'none'" in headers["content-security-policy"], name
        assert "x-nicegui-content" not in headers, name


async def test_only_live_pages_may_run_scripts_with_their_nonce(site: SiteUnderTest) -> None:
    for name, response in (await every_answer(site)).items():
        policy = response.headers["content-security-policy"]
        assert "unsafe" not in policy
        if name not in LIVE:
            assert policy == STILL_POLICY, name
            assert "<script" not in response.text, name
            continue
        nonce = re.search(r"script-src 'nonce-([\w-]{22})'", policy)
        assert nonce, name
        scripts = re.findall(r"<script[^>]*>", response.text)
        assert scripts
        assert all(f'nonce="{nonce[1]}"' in script for script in scripts), name
        assert "connect-src 'self' wss://pair.example" in policy


async def test_no_two_responses_share_a_nonce(alices: Browser) -> None:
    policies = {(await alices.open("/devices")).headers["content-security-policy"] for _ in range(5)}
    assert len(policies) == 5


async def test_no_page_has_inline_styles_or_handlers(site: SiteUnderTest) -> None:
    for name, response in (await every_answer(site)).items():
        assert not re.search(r"<style|\sstyle=|\son\w+=|javascript:", response.text), name


async def test_every_page_has_a_language_a_title_and_one_heading(site: SiteUnderTest) -> None:
    titles = set()
    for name, response in (await every_answer(site)).items():
        if response.is_redirect:
            continue
        # What a live page holds for NiceGUI is the same once more, as data of its script.
        html = response.text.split("<script", maxsplit=1)[0]
        assert '<html lang="en" dir="ltr">' in html, name
        assert html.count("<h1") == 1, name
        assert html.count("<main") == 1, name
        title = re.search(r"<title>(.+) · Pairgrant</title>", html)
        assert title, name
        titles.add(title[1])
    assert len(titles) >= 10


class TestCookie:
    async def test_cookie_over_https_is_bound_to_the_host(self, browser: Browser) -> None:
        response = await browser.open("/device")
        name, _, attributes = response.headers["set-cookie"].partition("=")
        assert name == "__Host-pairgrant"
        assert attributes.partition("; ")[2] == "HttpOnly; Path=/; SameSite=lax; Secure"

    @pytest.mark.parametrize("public_url", ["http://192.168.1.20:8628"])
    async def test_cookie_over_http_has_no_host_prefix(
        self, site: SiteUnderTest, browser: Browser, public_url: str
    ) -> None:
        """For a demo on a network one trusts; the whole way works there too."""
        response = await browser.open("/device")
        name, _, attributes = response.headers["set-cookie"].partition("=")
        assert name == "pairgrant"
        assert attributes.partition("; ")[2] == "HttpOnly; Path=/; SameSite=lax"
        assert "strict-transport-security" not in response.headers
        assert "cross-origin-opener-policy" not in response.headers
        pairing = await site.start_pairing()
        await browser.follow(await browser.enter(pairing.user_code))
        await browser.follow(await browser.submit("/signin", username="alice", password="correct horse"))
        page = await browser.follow(await browser.submit("/consent", decision="approve"))
        assert "connect-src 'self' ws://192.168.1.20:8628" in page.headers["content-security-policy"]
        assert "access_token" in await pairing.poll()

    @pytest.mark.parametrize("public_url", ["HTTPS://PAIR.example:443"])
    async def test_cookie_is_secure_however_the_public_url_is_spelled(
        self, site: SiteUnderTest, browser: Browser
    ) -> None:
        response = await browser.open("/device")
        assert response.headers["set-cookie"].startswith("__Host-pairgrant=")
        assert site.public_url == "https://pair.example"

    @pytest.mark.parametrize("public_url", ["http://[0:0:0:0:0:0:0:1]:8628"])
    async def test_forms_and_csp_work_at_an_ipv6_address(self, site: SiteUnderTest, browser: Browser) -> None:
        """CSP3 §2.3.1: a source can't be an IPv6 address, and browsers ignore one that is."""
        pairing = await site.start_pairing()
        await browser.open("/device")
        await browser.follow(await browser.enter(pairing.user_code))
        await browser.follow(await browser.submit("/signin", username="alice", password="correct horse"))
        page = await browser.follow(await browser.submit("/consent", decision="approve"))
        assert "connect-src 'self'" in page.headers["content-security-policy"]
        assert "[" not in page.headers["content-security-policy"]
        assert "access_token" in await pairing.poll()

    async def test_cookie_is_set_once_and_then_only_at_sign_in_or_sign_out(self, browser: Browser) -> None:
        await browser.open("/device")
        assert "set-cookie" not in (await browser.open("/signin")).headers
        assert "set-cookie" in (await browser.sign_in()).headers
        assert "set-cookie" not in (await browser.open("/devices")).headers
        assert "set-cookie" in (await browser.submit("/signout")).headers

    async def test_visit_without_sign_in_stores_no_session(
        self, site: SiteUnderTest, browser: Browser, tmp_path: Path
    ) -> None:
        for path in ("/", "/device", "/signin", "/D/WDJBMJHT"):
            await browser.open(path)
        await browser.enter("BBBB-BBBB")
        cookie = site.sessions.known_shape(browser.cookie)
        assert cookie is not None
        assert await site.sessions._row(cookie) is None

    async def test_malformed_cookie_is_replaced(self, browser: Browser) -> None:
        browser.http.cookies.set("__Host-pairgrant", "planted", domain="pair.example")
        response = await browser.open("/device")
        assert re.match(r"__Host-pairgrant=[\w-]{43};", response.headers["set-cookie"])
