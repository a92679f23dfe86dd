"""The authorization code flow from the link to the tokens: RFC 6749 §4.1, RFC 7636, RFC 9207."""

import asyncio
from pathlib import Path
from urllib.parse import parse_qs, parse_qsl, urlsplit

import pytest

from tests.pages.application.code_flow_steps import (
    ISSUER,
    PASSWORD,
    SECRET,
    VERIFIER,
    approve,
    authorize_url,
    claims_of,
    follow,
    is_accepted,
    redeem,
    response_parameters,
)
from tests.pages.site_under_test import Browser, SiteUnderTest


def _bytes_of_database(folder: Path) -> bytes:
    return b"".join(path.read_bytes() for path in folder.glob("pairgrant.db*"))


class TestCodeFlow:
    @pytest.mark.usefixtures("app")
    @pytest.mark.parametrize("hint", ["We noticed a problem: call 112", "ali\u202ece"])
    async def test_login_hint_that_is_no_username_stays_out_of_the_form(
        self, browser: Browser, hint: str
    ) -> None:
        page = await follow(browser, authorize_url(login_hint=hint))
        assert 'name="username" type="text" value=""' in page.text

    async def test_code_flow_from_the_link_to_the_tokens(self, app: SiteUnderTest, browser: Browser) -> None:
        page = await follow(browser, authorize_url(login_hint="alice"))
        assert "<h1>Sign in to continue</h1>" in page.text
        assert 'value="alice"' in page.text
        signed_in = await browser.submit("/signin", username="alice", password=PASSWORD)
        page = await follow(browser, signed_in.headers["location"])
        assert "Allow this application?" in page.text
        assert "https://app.example" in page.text
        assert "See your name" in page.text
        response = response_parameters(await browser.submit("/authorize/consent", decision="approve"))
        assert response.keys() == {"code", "state", "iss"}
        assert (response["state"], response["iss"]) == ("a state&", ISSUER)
        redeemed = await redeem(app, response["code"])
        assert redeemed.status_code == 200
        assert redeemed.headers["cache-control"] == "no-store"
        tokens = redeemed.json()
        assert tokens["token_type"] == "Bearer"
        assert tokens["scope"] == "openid profile"
        assert "refresh_token" not in tokens, "offline_access was not asked for"
        said = claims_of(tokens["id_token"])
        assert (said["nonce"], said["aud"], said["iss"]) == ("a nonce", "web", ISSUER)
        assert said["auth_time"] == int(app.clock())
        assert await is_accepted(app, tokens)

    async def test_authorization_request_by_post_from_another_site_is_accepted(
        self, app: SiteUnderTest, browser: Browser
    ) -> None:
        query = dict(parse_qsl(urlsplit(authorize_url()).query))
        response = await browser.http.post(
            "/authorize", data=query, headers={"origin": "https://app.example"}
        )
        assert response.status_code == 303
        assert response.headers["location"].startswith("/authorize/consent?request=")

    async def test_denial_is_sent_to_the_client(self, app: SiteUnderTest, alices: Browser) -> None:
        await follow(alices, authorize_url())
        response = response_parameters(await alices.submit("/authorize/consent", decision="deny"))
        assert (response["error"], response["state"], response["iss"]) == (
            "access_denied",
            "a state&",
            ISSUER,
        )
        assert "code" not in response

    async def test_decision_is_accepted_once(self, app: SiteUnderTest, alices: Browser) -> None:
        await follow(alices, authorize_url())
        fields = alices.forms()["/authorize/consent"]
        responses = await asyncio.gather(
            *(
                alices.post("/authorize/consent", {**fields, "decision": decision})
                for decision in ("approve", "deny", "approve", "deny")
            )
        )
        # A second tap on the same button hears the same; the other button comes too late.
        assert sorted(response.status_code for response in responses) == [303, 303, 410, 410]
        assert len({found.headers["location"] for found in responses if found.is_redirect}) == 1

    @pytest.mark.parametrize("decision", ["approve", "deny"])
    async def test_second_tap_gets_the_same_response_while_the_code_is_valid(
        self, app: SiteUnderTest, alices: Browser, decision: str
    ) -> None:
        await follow(alices, authorize_url())
        fields = {**alices.forms()["/authorize/consent"], "decision": decision}
        first, second = [await alices.post("/authorize/consent", fields) for _ in range(2)]
        assert first.headers["location"] == second.headers["location"]
        bobs = await app.browser("198.51.100.9")
        await bobs.sign_in("bob")
        await bobs.open("/board")
        csrf_token = bobs.forms()["/board/add"]["csrf_token"]
        nosy = await bobs.post("/authorize/consent", {**fields, "csrf_token": csrf_token})
        assert nosy.status_code == 410
        if decision == "approve":
            assert (await redeem(app, response_parameters(first)["code"])).status_code == 200
        else:
            app.clock.now += 600
        assert (await alices.post("/authorize/consent", fields)).status_code == 410

    async def test_fragment_response_mode_is_supported(self, app: SiteUnderTest, alices: Browser) -> None:
        await follow(alices, authorize_url(response_mode="fragment"))
        response = await alices.submit("/authorize/consent", decision="approve")
        location = urlsplit(response.headers["location"])
        assert not location.query
        assert parse_qs(location.fragment).keys() == {"code", "state", "iss"}

    async def test_authorization_request_expires(self, app: SiteUnderTest, alices: Browser) -> None:
        await follow(alices, authorize_url())
        app.clock.now += 601
        response = await alices.submit("/authorize/consent", decision="approve")
        assert response.status_code == 410

    async def test_form_action_allows_only_the_applications_origin(
        self, app: SiteUnderTest, alices: Browser
    ) -> None:
        page = await follow(alices, authorize_url())
        policy = page.headers["content-security-policy"]
        assert "form-action 'self' https:;" in policy
        assert "frame-ancestors 'none'" in policy
        assert not any("leads-to" in name for name in page.headers)

    async def test_get_of_the_consent_page_decides_nothing(self, app: SiteUnderTest, alices: Browser) -> None:
        for _ in range(3):
            page = await follow(alices, authorize_url())
            assert page.status_code == 200
        assert not await app.backend.store.connected_devices("u-alice", app.clock())


class TestSecrets:
    async def test_code_flow_logs_no_secret(
        self, app: SiteUnderTest, alices: Browser, capsys: pytest.CaptureFixture[str]
    ) -> None:
        first = await alices.http.get(authorize_url())
        reference = parse_qs(urlsplit(first.headers["location"]).query)["request"][0]
        response = await approve(alices, first.headers["location"])
        tokens = (await redeem(app, response["code"])).json()
        await redeem(app, response["code"])
        logged = capsys.readouterr().out
        assert "code redeemed" in logged
        assert "/authorize/consent" in logged
        secrets = [reference, response["code"], "a state", "a nonce", VERIFIER, SECRET.reveal()]
        for secret in [*secrets, tokens["access_token"], tokens["id_token"]]:
            assert secret not in logged

    async def test_code_flow_stores_no_secret_in_clear(
        self, app: SiteUnderTest, alices: Browser, tmp_path: Path
    ) -> None:
        first = await alices.http.get(authorize_url())
        reference = parse_qs(urlsplit(first.headers["location"]).query)["request"][0]
        response = await approve(alices, first.headers["location"])
        tokens = (await redeem(app, response["code"])).json()
        kept = _bytes_of_database(tmp_path)
        for secret in (reference, response["code"], VERIFIER, tokens["access_token"]):
            assert secret.encode() not in kept

    async def test_authorization_request_is_not_sent_as_referrer(
        self, app: SiteUnderTest, alices: Browser
    ) -> None:
        assert (await alices.http.get(authorize_url())).headers["referrer-policy"] == "no-referrer"
        page = await follow(alices, authorize_url())
        assert page.headers["referrer-policy"] == "strict-origin"
        assert page.headers["cache-control"] == "no-store"
        assert page.headers["x-frame-options"] == "DENY"
