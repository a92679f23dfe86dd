"""Requirements of a request for the sign-in: a hint, ``prompt`` and ``max_age`` (OpenID Connect Core)."""

from urllib.parse import parse_qs, urlsplit

import pytest

from pairgrant_server.authorization_server.code_flow.code_flow import CodeFlow
from tests.pages.application.code_flow_steps import (
    PASSWORD,
    approve,
    authorize_url,
    claims_of,
    follow,
    redeem,
    response_parameters,
)
from tests.pages.site_under_test import Browser, SiteUnderTest


class TestHint:
    """OpenID Connect Core §3.1.2.1: the client means one person, and no other will do."""

    @pytest.fixture
    async def hint(self, app: SiteUnderTest, alices: Browser) -> str:
        tokens = (await redeem(app, (await approve(alices))["code"])).json()
        return str(tokens["id_token"])

    async def test_hint_of_the_signed_in_person_changes_nothing(
        self, app: SiteUnderTest, alices: Browser, hint: str
    ) -> None:
        app.clock.now += 86_400 * 3  # it may be as old as it likes
        await alices.sign_in()
        assert "code" in response_parameters(
            await follow(alices, authorize_url(prompt="none", id_token_hint=hint))
        )

    async def test_hint_of_another_person_requires_their_sign_in(self, app: SiteUnderTest, hint: str) -> None:
        bobs = await app.browser("198.51.100.9")
        await bobs.sign_in("bob")
        refused = response_parameters(await follow(bobs, authorize_url(prompt="none", id_token_hint=hint)))
        assert refused["error"] == "login_required"
        page = await follow(bobs, authorize_url(id_token_hint=hint))
        assert "This application needs a different account than bob." in page.text
        again = await bobs.submit("/signin", username="bob", password=PASSWORD)
        page = await follow(bobs, again.headers["location"])
        assert "This application needs a different account than bob." in page.text
        right = await bobs.submit("/signin", username="alice", password=PASSWORD)
        assert "code" in response_parameters(await follow(bobs, right.headers["location"]))

    async def test_hint_issued_to_another_client_is_refused(
        self, app: SiteUnderTest, alices: Browser, hint: str
    ) -> None:
        back = "http://127.0.0.1:51004/callback"
        native = authorize_url(client_id="native", redirect_uri=back, id_token_hint=hint)
        assert response_parameters(await follow(alices, native), back)["error"] == "invalid_request"


class TestFreshSignIn:
    async def test_prompt_login_asks_for_the_password_once_more(
        self, app: SiteUnderTest, alices: Browser
    ) -> None:
        app.clock.now += 60
        page = await follow(alices, authorize_url(prompt="login"))
        assert "Sign in to continue" in page.text
        app.clock.now += 1
        signed_in = await alices.submit("/signin", username="alice", password=PASSWORD)
        page = await follow(alices, signed_in.headers["location"])
        assert "Allow this application?" in page.text
        response = response_parameters(await alices.submit("/authorize/consent", decision="approve"))
        said = claims_of((await redeem(app, response["code"])).json()["id_token"])
        assert said["auth_time"] == int(app.clock())

    @pytest.mark.parametrize(("max_age", "asks"), [("30", True), ("90", False), ("0", True)])
    async def test_max_age_requires_a_recent_sign_in(
        self, app: SiteUnderTest, alices: Browser, max_age: str, *, asks: bool
    ) -> None:
        app.clock.now += 60
        page = await follow(alices, authorize_url(max_age=max_age))
        assert ("Sign in to continue" in page.text) is asks

    async def test_prompt_none_with_an_old_sign_in_is_login_required(
        self, app: SiteUnderTest, alices: Browser
    ) -> None:
        app.clock.now += 60
        response = response_parameters(await follow(alices, authorize_url(prompt="none", max_age="30")))
        assert response["error"] == "login_required"

    async def test_old_session_can_not_decide_a_request_for_a_fresh_sign_in(
        self, app: SiteUnderTest, alices: Browser
    ) -> None:
        page = await follow(alices, authorize_url())
        fields = {**alices.forms()["/authorize/consent"], "decision": "approve"}
        assert page.status_code == 200
        app.clock.now += 60
        fresh = await alices.http.get(authorize_url(prompt="login"))
        reference = parse_qs(urlsplit(fresh.headers["location"]).query)["request"][0]
        response = await alices.post("/authorize/consent", {**fields, "request": reference})
        assert response.headers["location"].startswith("/authorize/consent")

    async def test_sign_in_that_becomes_too_old_at_the_decision_is_asked_for_again(
        self, app: SiteUnderTest, alices: Browser, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        await follow(alices, authorize_url(max_age="30"))
        fields = {**alices.forms()["/authorize/consent"], "decision": "approve"}
        verdicts = iter([True, False])  # the page still accepts it, the service no longer does
        monkeypatch.setattr(CodeFlow, "accepts_sign_in", lambda *_: next(verdicts))
        response = await alices.post("/authorize/consent", fields)
        assert response.headers["location"].startswith("/authorize/consent?request=")

    async def test_another_person_can_sign_in_instead(self, app: SiteUnderTest, alices: Browser) -> None:
        await follow(alices, authorize_url())
        out = await alices.submit("/signout")
        page = await follow(alices, out.headers["location"])
        assert "<h1>Sign in to continue</h1>" in page.text

    async def test_sign_in_form_may_redirect_to_the_application(
        self, app: SiteUnderTest, alices: Browser
    ) -> None:
        """Where the person has allowed it all before, the response to the sign-in leads straight back
        (Chromium minds).
        """
        await approve(alices)
        app.clock.now += 60
        page = await follow(alices, authorize_url(prompt="login"))
        assert "form-action 'self' https:;" in page.headers["content-security-policy"]
        signed_in = await alices.submit("/signin", username="alice", password=PASSWORD)
        assert "code" in response_parameters(await follow(alices, signed_in.headers["location"]))
        elsewhere = await alices.open("/signin?again=1")
        assert "form-action 'self';" in elsewhere.headers["content-security-policy"]

    async def test_session_cookie_from_before_the_sign_in_is_invalid(
        self, app: SiteUnderTest, browser: Browser
    ) -> None:
        """Session fixation: a planted cookie is not signed in."""
        await follow(browser, authorize_url())
        planted = browser.cookie
        signed_in = await browser.submit("/signin", username="alice", password=PASSWORD)
        page = await follow(browser, signed_in.headers["location"])
        assert "Allow this application?" in page.text
        attacker = await app.browser("198.51.100.9")
        attacker.http.cookies.set("__Host-pairgrant", planted, domain="pair.example")
        page = await follow(attacker, signed_in.headers["location"])
        assert "Sign in to continue" in page.text
