"""Signing out at an application's wish: OpenID Connect RP-Initiated Logout 1.0."""

import re
from dataclasses import replace
from typing import Any
from urllib.parse import urlencode

import httpx
import pytest

from pairgrant_protocol.secret import Secret
from pairgrant_protocol.vocabulary import GrantType
from pairgrant_server.authorization_server.model.client_policy import ClientPolicy
from tests.pages.site_under_test import Browser, SiteUnderTest

AFTER = "https://app.example/bye"


@pytest.fixture
async def app(site: SiteUnderTest) -> SiteUnderTest:
    await site.backend.parts.clients.add(
        "web",
        "A Web App",
        secret=Secret("the secret of a web application"),
        grant_types=frozenset({GrantType.AUTHORIZATION_CODE}),
        scope="openid",
        redirect_uris=("https://app.example/back",),
    )
    store = site.backend.store
    web = await site.client("web")
    await store.replace_client(replace(web, policy=ClientPolicy(post_logout_redirect_uris=(AFTER,))))
    return site


async def hint(site: SiteUnderTest, username: str = "alice", **changes: Any) -> str:
    user = await site.user(username)
    claims = {"iss": site.public_url, "sub": user.user_id, "aud": "web", "exp": 1, **changes}
    token: Secret = site.backend.parts.keys.sign(claims, typ="JWT")
    return token.reveal()


async def go(browser: Browser, **parameters: str) -> httpx.Response:
    page: httpx.Response = await browser.open("/logout?" + urlencode(parameters))
    return page


async def test_the_person_is_asked_signed_out_and_sent_back(app: SiteUnderTest, alices: Browser) -> None:
    page = await go(alices, id_token_hint=await hint(app), post_logout_redirect_uri=AFTER, state="a state&")
    assert "“<bdi>A Web App</bdi>” asked to sign you out" in page.text
    assert "form-action 'self' https:;" in page.headers["content-security-policy"]
    assert (await alices.http.get("/devices")).status_code == 200, "nothing ended by a link"
    response = await alices.submit("/logout/confirm")
    assert (response.status_code, response.headers["location"]) == (303, f"{AFTER}?state=a+state%26")
    assert (await alices.http.get("/devices")).status_code == 303


async def test_id_token_hint_of_the_person_needs_no_confirmation(app: SiteUnderTest, alices: Browser) -> None:
    """The form sends itself; so it is still a form of ours that ends the session."""
    page = await go(alices, id_token_hint=await hint(app))
    (nonce,) = re.findall(r"script-src 'nonce-([\w-]{22})'", page.headers["content-security-policy"])
    assert f'<script nonce="{nonce}">' in page.text
    assert "x-pairgrant-runs" not in page.headers


@pytest.mark.parametrize("whose", [None, "bob"])
async def test_logout_without_the_persons_id_token_needs_confirmation(
    app: SiteUnderTest, alices: Browser, whose: str | None
) -> None:
    shown = {} if whose is None else {"id_token_hint": await hint(app, whose)}
    page = await go(alices, client_id="web", **shown)
    assert page.status_code == 200
    assert "<script" not in page.text
    assert "script-src" not in page.headers["content-security-policy"]


async def test_an_application_may_also_post(app: SiteUnderTest, alices: Browser) -> None:
    form = {"id_token_hint": await hint(app)}
    response = await alices.http.post("/logout", data=form, headers={"origin": "https://app.example"})
    assert response.headers["location"].startswith("/logout/confirm?asked=")


async def test_without_any_parameter_it_is_a_plain_sign_out(app: SiteUnderTest, alices: Browser) -> None:
    assert (await go(alices)).status_code == 200
    response = await alices.submit("/logout/confirm")
    assert response.headers["location"] == "/"


async def test_person_who_is_not_signed_in_is_sent_back_at_once(app: SiteUnderTest, browser: Browser) -> None:
    leads = await browser.http.get("/logout", params={"client_id": "web", "post_logout_redirect_uri": AFTER})
    response = await browser.http.get(leads.headers["location"])
    assert response.headers["location"] == AFTER


async def test_hint_of_another_person_is_explained(app: SiteUnderTest, alices: Browser) -> None:
    page = await go(alices, id_token_hint=await hint(app, "bob"))
    assert "a different account" in page.text
    assert "/logout/confirm" in alices.forms()


@pytest.mark.parametrize(
    "parameters",
    [
        {"post_logout_redirect_uri": AFTER},
        {"client_id": "web", "post_logout_redirect_uri": "https://evil.example"},
        {"client_id": "web", "post_logout_redirect_uri": AFTER + "/"},
        {"client_id": "lobby-tv", "post_logout_redirect_uri": AFTER},
        {"client_id": "nobody"},
        {"client_id": "web", "post_logout_redirect_uri": AFTER, "state": "s" * 2049},
        {"id_token_hint": "e30.e30."},
    ],
)
async def test_unregistered_logout_redirect_is_refused(
    app: SiteUnderTest, alices: Browser, parameters: dict[str, str]
) -> None:
    page = await go(alices, **parameters)
    assert page.status_code == 400
    assert (await alices.http.get("/devices")).status_code == 200


@pytest.mark.parametrize("changes", [{"iss": "https://other.example"}, {"aud": "lobby-tv"}, {"aud": ["web"]}])
async def test_a_hint_of_someone_else_or_for_another_client_leads_nowhere(
    app: SiteUnderTest, alices: Browser, changes: dict[str, Any]
) -> None:
    page = await go(
        alices, id_token_hint=await hint(app, **changes), client_id="web", post_logout_redirect_uri=AFTER
    )
    assert page.status_code == 400


async def test_a_foreign_site_cannot_sign_anyone_out(app: SiteUnderTest, alices: Browser) -> None:
    await go(alices, id_token_hint=await hint(app))
    fields = alices.forms()["/logout/confirm"]
    assert (await alices.post("/logout/confirm", fields, origin="https://evil.example")).status_code == 403
    forged = {**fields, "asked": "A" * 60}
    assert (await alices.post("/logout/confirm", forged)).status_code == 400
    assert (await alices.http.get("/devices")).status_code == 200
