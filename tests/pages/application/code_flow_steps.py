"""A site with two clients of the authorization code flow, and the steps that a browser and a client take."""

import json
from base64 import urlsafe_b64decode, urlsafe_b64encode
from dataclasses import replace
from hashlib import sha256
from typing import Any
from urllib.parse import parse_qsl, urlencode, urlsplit

import httpx
import pytest

from pairgrant_protocol.secret import Secret
from pairgrant_protocol.vocabulary import GrantType
from tests.pages.site_under_test import Browser, SiteUnderTest

BACK = "https://app.example/back"
ISSUER = "https://pair.example"
VERIFIER = "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk"  # RFC 7636 appendix B
CHALLENGE = urlsafe_b64encode(sha256(VERIFIER.encode()).digest()).decode().rstrip("=")
SECRET = Secret("the secret of a web application")
PASSWORD = "correct horse"
CODE_GRANTS = frozenset({GrantType.AUTHORIZATION_CODE, GrantType.REFRESH_TOKEN})


@pytest.fixture
async def app(site: SiteUnderTest) -> SiteUnderTest:
    """The site with two more clients: a confidential web application and a public native one."""
    clients = site.backend.parts.clients
    scope = "openid profile email offline_access board:read"
    await clients.add(
        "web", "A Web App", secret=SECRET, grant_types=CODE_GRANTS, scope=scope, redirect_uris=(BACK,)
    )
    await clients.add(
        "native",
        "A Native App",
        secret=None,
        grant_types=CODE_GRANTS,
        scope=scope,
        redirect_uris=("http://127.0.0.1/callback",),
    )
    return site


def authorize_url(**changes: str | None) -> str:
    """An authorization request of the client ``web``; None leaves a parameter out."""
    parameters = {
        "client_id": "web",
        "redirect_uri": BACK,
        "response_type": "code",
        "scope": "openid profile",
        "state": "a state&",
        "nonce": "a nonce",
        "code_challenge": CHALLENGE,
        "code_challenge_method": "S256",
        **changes,
    }
    return "/authorize?" + urlencode({name: value for name, value in parameters.items() if value is not None})


async def follow(browser: Browser, address: str) -> httpx.Response:
    """Follow redirects within the site; return the page, or the first response that leads out of it."""
    response: httpx.Response = await browser.http.get(address)
    while response.is_redirect and response.headers["location"].startswith("/"):
        response = await browser.http.get(response.headers["location"])
    browser.page = response
    return response


def response_parameters(response: httpx.Response, back: str = BACK) -> dict[str, str]:
    """The parameters of an authorization response to the client."""
    assert response.status_code == 303, response.text
    location = response.headers["location"]
    assert location.startswith(back), location
    return dict(parse_qsl(urlsplit(location).query))


async def approve(browser: Browser, address: str | None = None, back: str = BACK) -> dict[str, str]:
    page = await follow(browser, address or authorize_url())
    assert page.status_code == 200, page.text
    return response_parameters(await browser.submit("/authorize/consent", decision="approve"), back)


async def redeem(site: SiteUnderTest, code: str, /, **changes: str | None) -> httpx.Response:
    form = {
        "grant_type": "authorization_code",
        "code": code,
        "redirect_uri": BACK,
        "code_verifier": VERIFIER,
        "client_id": "web",
        "client_secret": SECRET.reveal(),
        **changes,
    }
    http = (await site.browser()).http
    found: httpx.Response = await http.post(
        "/token", data={name: value for name, value in form.items() if value is not None}
    )
    return found


async def change_client(site: SiteUnderTest, **changes: Any) -> None:
    """The operator changes the client ``web``."""
    store = site.backend.store
    client = await store.client("web")
    assert client is not None
    await store.replace_client(replace(client, **changes))
    site.clock.now += 3  # a client is remembered for two seconds


def claims_of(token: str) -> dict[str, Any]:
    payload = token.split(".")[1]
    decoded: dict[str, Any] = json.loads(urlsafe_b64decode(payload + "=" * (-len(payload) % 4)))
    return decoded


async def is_accepted(site: SiteUnderTest, tokens: dict[str, Any]) -> bool:
    http = (await site.browser()).http
    answered = await http.get("/userinfo", headers={"authorization": f"Bearer {tokens['access_token']}"})
    return bool(answered.status_code == 200)
