"""The authorization code flow as a browser and a client walk it: RFC 6749 §4.1, RFC 7636, RFC 9207, RFC 9126."""

import asyncio
import json
from base64 import urlsafe_b64decode, urlsafe_b64encode
from dataclasses import replace
from hashlib import sha256
from typing import Any
from urllib.parse import parse_qs, parse_qsl, urlencode, urlsplit

import httpx
import pytest

from pairgrant_protocol.secret import Secret
from pairgrant_protocol.vocabulary import GrantType
from pairgrant_server.authorization_server.model.client_policy import ClientPolicy
from pairgrant_server.authorization_server.store.errors import StoreUnavailableError

Site = Any  # the fixtures of conftest.py
Browser = Any

BACK = "https://app.example/back"
ISSUER = "https://pair.example"
VERIFIER = "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk"  # RFC 7636 appendix B
CHALLENGE = urlsafe_b64encode(sha256(VERIFIER.encode()).digest()).decode().rstrip("=")
SECRET = Secret("the secret of a web application")
PASSWORD = "correct horse"
CODE_GRANTS = frozenset({GrantType.AUTHORIZATION_CODE, GrantType.REFRESH_TOKEN})


@pytest.fixture
async def app(site: Site) -> Site:
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


def asked(**changes: str | None) -> str:
    """The address that a client sends a browser to."""
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


async def go(browser: Browser, address: str) -> httpx.Response:
    """Follow redirects within the site; the first answer that leads out of it, or the page."""
    response: httpx.Response = await browser.http.get(address)
    while response.is_redirect and response.headers["location"].startswith("/"):
        response = await browser.http.get(response.headers["location"])
    browser.page = response
    return response


def answer(response: httpx.Response, back: str = BACK) -> dict[str, str]:
    """The parameters of an answer to the client."""
    assert response.status_code == 303, response.text
    location = response.headers["location"]
    assert location.startswith(back), location
    return dict(parse_qsl(urlsplit(location).query))


async def approve(browser: Browser, address: str | None = None, back: str = BACK) -> dict[str, str]:
    page = await go(browser, address or asked())
    assert page.status_code == 200, page.text
    return answer(await browser.submit("/authorize/consent", decision="approve"), back)


async def redeem(site: Site, code: str, /, **changes: str | None) -> httpx.Response:
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


async def change(site: Site, **changes: Any) -> None:
    """The operator changes the client ``web``."""
    store = site.backend.store
    await store.replace_client(replace(await store.client("web"), **changes))
    site.clock.now += 3  # a client is remembered for two seconds


def claims(token: str) -> dict[str, Any]:
    payload = token.split(".")[1]
    decoded: dict[str, Any] = json.loads(urlsafe_b64decode(payload + "=" * (-len(payload) % 4)))
    return decoded


async def is_alive(site: Site, tokens: dict[str, Any]) -> bool:
    http = (await site.browser()).http
    answered = await http.get("/userinfo", headers={"authorization": f"Bearer {tokens['access_token']}"})
    return bool(answered.status_code == 200)


class TestTheSixSteps:
    async def test_from_the_link_to_the_tokens(self, app: Site, browser: Browser) -> None:
        page = await go(browser, asked(login_hint="alice"))
        assert "Sign in to continue to A Web App" in page.text
        assert 'value="alice"' in page.text
        signed_in = await browser.submit("/signin", username="alice", password=PASSWORD)
        page = await go(browser, signed_in.headers["location"])
        assert "Allow A Web App?" in page.text
        assert "https://app.example" in page.text
        assert "See your name" in page.text
        told = answer(await browser.submit("/authorize/consent", decision="approve"))
        assert told.keys() == {"code", "state", "iss"}
        assert (told["state"], told["iss"]) == ("a state&", ISSUER)
        redeemed = await redeem(app, told["code"])
        assert redeemed.status_code == 200
        assert redeemed.headers["cache-control"] == "no-store"
        tokens = redeemed.json()
        assert tokens["token_type"] == "Bearer"
        assert tokens["scope"] == "openid profile"
        assert "refresh_token" not in tokens, "offline_access was not asked for"
        said = claims(tokens["id_token"])
        assert (said["nonce"], said["aud"], said["iss"]) == ("a nonce", "web", ISSUER)
        assert said["auth_time"] == int(app.clock())
        assert await is_alive(app, tokens)

    async def test_by_post_from_another_site(self, app: Site, browser: Browser) -> None:
        query = dict(parse_qsl(urlsplit(asked()).query))
        response = await browser.http.post(
            "/authorize", data=query, headers={"origin": "https://app.example"}
        )
        assert response.status_code == 303
        assert response.headers["location"].startswith("/authorize/consent?request=")

    async def test_a_denial_is_told_to_the_client(self, app: Site, alices: Browser) -> None:
        await go(alices, asked())
        told = answer(await alices.submit("/authorize/consent", decision="deny"))
        assert (told["error"], told["state"], told["iss"]) == ("access_denied", "a state&", ISSUER)
        assert "code" not in told

    async def test_a_decision_counts_once(self, app: Site, alices: Browser) -> None:
        await go(alices, asked())
        fields = alices.forms()["/authorize/consent"]
        answers = await asyncio.gather(
            *(
                alices.post("/authorize/consent", {**fields, "decision": decision})
                for decision in ("approve", "deny", "approve", "deny")
            )
        )
        # A second tap on the same button hears the same; the other button comes too late.
        assert sorted(response.status_code for response in answers) == [303, 303, 410, 410]
        assert len({found.headers["location"] for found in answers if found.is_redirect}) == 1

    @pytest.mark.parametrize("decision", ["approve", "deny"])
    async def test_a_second_tap_hears_the_same_until_the_answer_is_worth_nothing(
        self, app: Site, alices: Browser, decision: str
    ) -> None:
        await go(alices, asked())
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
            assert (await redeem(app, answer(first)["code"])).status_code == 200
        else:
            app.clock.now += 600
        assert (await alices.post("/authorize/consent", fields)).status_code == 410

    async def test_the_fragment_is_used_where_it_is_asked_for(self, app: Site, alices: Browser) -> None:
        await go(alices, asked(response_mode="fragment"))
        response = await alices.submit("/authorize/consent", decision="approve")
        location = urlsplit(response.headers["location"])
        assert not location.query
        assert parse_qs(location.fragment).keys() == {"code", "state", "iss"}

    async def test_a_request_goes_stale(self, app: Site, alices: Browser) -> None:
        await go(alices, asked())
        app.clock.now += 601
        response = await alices.submit("/authorize/consent", decision="approve")
        assert response.status_code == 410

    async def test_the_page_may_lead_to_the_application_alone(self, app: Site, alices: Browser) -> None:
        page = await go(alices, asked())
        policy = page.headers["content-security-policy"]
        assert "form-action 'self' https:;" in policy
        assert "frame-ancestors 'none'" in policy
        assert not any("leads-to" in name for name in page.headers)

    async def test_a_pictures_request_changes_nothing(self, app: Site, alices: Browser) -> None:
        for _ in range(3):
            page = await go(alices, asked())
            assert page.status_code == 200
        assert not await app.backend.store.connected_devices("u-alice", app.clock())


class TestNobodyIsRedirected:
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
    async def test_without_a_known_client_and_address(
        self, app: Site, browser: Browser, changes: dict[str, str | None]
    ) -> None:
        page = await go(browser, asked(**changes))
        assert page.status_code == 400
        assert "evil.example" not in page.text

    @pytest.mark.parametrize(
        "query",
        ["client_id=web&client_id=native", "client_id=%FF", "client_id=web&state=%00", "x=%zz"],
    )
    async def test_for_a_query_that_cannot_be_read(self, app: Site, browser: Browser, query: str) -> None:
        page = await go(browser, f"/authorize?{query}")
        assert page.status_code == 400

    @pytest.mark.parametrize("reference", ["", "A" * 43, "%00", "ä", "..", "A" * 5000])
    async def test_for_a_reference_that_was_never_given(
        self, app: Site, alices: Browser, reference: str
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
    async def test_by_a_sign_in(self, app: Site, browser: Browser, next_page: str) -> None:
        await browser.open("/signin")
        response = await browser.submit("/signin", username="alice", password=PASSWORD, next=next_page)
        assert response.headers["location"] == "/devices"

    async def test_a_foreign_form_decides_nothing(self, app: Site, alices: Browser) -> None:
        await go(alices, asked())
        fields = {**alices.forms()["/authorize/consent"], "decision": "approve"}
        foreign = await alices.post("/authorize/consent", fields, origin="https://evil.example")
        assert foreign.status_code == 403
        forged = await alices.post("/authorize/consent", {**fields, "csrf_token": "forged"})
        assert forged.status_code == 403
        stranger = await app.browser("198.51.100.9")
        await stranger.sign_in("bob")
        borrowed = await stranger.post("/authorize/consent", fields)
        assert borrowed.status_code == 403

    async def test_by_a_client_whose_address_was_taken_from_it_meanwhile(
        self, app: Site, alices: Browser
    ) -> None:
        await go(alices, asked())
        await change(app, redirect_uris=("https://app.example/new",))
        response = await alices.submit("/authorize/consent", decision="approve")
        assert response.status_code == 410

    @pytest.mark.parametrize("path", ["/authorize", "/logout"])
    async def test_while_the_database_is_gone_a_person_is_told(
        self, app: Site, browser: Browser, monkeypatch: pytest.MonkeyPatch, path: str
    ) -> None:
        async def gone(*_: Any) -> None:
            raise StoreUnavailableError

        monkeypatch.setattr(app.backend.parts.clients, "client", gone)
        page = await go(browser, f"{path}?client_id=web")
        assert (page.status_code, page.headers["retry-after"]) == (503, "5")
        assert "Temporarily unavailable" in page.text

    async def test_for_a_query_longer_than_any_form(self, app: Site, browser: Browser) -> None:
        assert (await go(browser, asked(state="s" * 16_384))).status_code == 400

    async def test_by_a_flood(self, app: Site, browser: Browser) -> None:
        flood = [await browser.http.get("/authorize") for _ in range(301)]
        assert [found.headers["location"] for found in flood[-2:]] == [
            "/authorize/problem?why=client",
            "/authorize/problem?why=busy",
        ]
        assert (await browser.http.get("/authorize/problem?why=busy")).status_code == 429
        app.clock.now += 60
        assert (await browser.http.get("/authorize")).headers["location"].endswith("client")


class TestErrorsForTheClient:
    @pytest.mark.parametrize(
        ("changes", "error"),
        [
            ({"request": "e30."}, "request_not_supported"),
            ({"request_uri": "https://evil.example/request"}, "request_uri_not_supported"),
            ({"registration": "{}"}, "registration_not_supported"),
            ({"id_token_hint": "e30.e30."}, "invalid_request"),
            ({"resource": "https://other.example"}, "invalid_target"),
        ],
    )
    async def test_tell_what_is_not_supported(
        self, app: Site, browser: Browser, changes: dict[str, str | None], error: str
    ) -> None:
        told = answer(await go(browser, asked(**changes)))
        assert (told["error"], told["state"], told["iss"]) == (error, "a state&", ISSUER)

    @pytest.mark.parametrize(
        "state", ["a&code=evil#x", "ä 日本", "\r\nset-cookie: x=1", '"><script>', "%00%26"]
    )
    async def test_give_any_state_back_as_it_came(self, app: Site, alices: Browser, state: str) -> None:
        refused = await go(alices, asked(state=state, response_type="token"))
        assert answer(refused)["state"] == state
        assert "set-cookie" not in refused.headers
        assert (await approve(alices, asked(state=state)))["state"] == state

    async def test_are_sent_to_its_address(self, app: Site, browser: Browser) -> None:
        told = answer(await go(browser, asked(response_type="token")))
        assert told["error"] == "unsupported_response_type"
        assert (told["state"], told["iss"]) == ("a state&", ISSUER)

    async def test_no_page_without_a_sign_in(self, app: Site, browser: Browser) -> None:
        told = answer(await go(browser, asked(prompt="none")))
        assert (told["error"], told["state"]) == ("login_required", "a state&")

    async def test_no_page_without_consent(self, app: Site, alices: Browser) -> None:
        assert answer(await go(alices, asked(prompt="none")))["error"] == "consent_required"


class TestRememberedConsent:
    async def test_what_was_allowed_is_not_asked_again(self, app: Site, alices: Browser) -> None:
        await approve(alices)
        assert "code" in answer(await go(alices, asked()))
        assert "code" in answer(await go(alices, asked(prompt="none", scope="openid")))

    async def test_more_than_that_is(self, app: Site, alices: Browser) -> None:
        await approve(alices)
        page = await go(alices, asked(scope="openid profile email"))
        assert "Allow A Web App?" in page.text

    @pytest.mark.parametrize("prompt", ["consent", "select_account"])
    async def test_and_so_it_is_where_the_client_wants_it(
        self, app: Site, alices: Browser, prompt: str
    ) -> None:
        await approve(alices)
        assert (await go(alices, asked(prompt=prompt))).status_code == 200

    async def test_it_is_one_persons_own(self, app: Site, alices: Browser) -> None:
        await approve(alices)
        bobs = await app.browser("198.51.100.9")
        await bobs.sign_in("bob")
        assert (await go(bobs, asked())).status_code == 200

    async def test_an_application_that_others_could_pose_as_always_asks(
        self, app: Site, alices: Browser
    ) -> None:
        """RFC 8252 §8.6."""
        back = "http://127.0.0.1:51004/callback"
        native = asked(client_id="native", redirect_uri=back)
        assert "code" in await approve(alices, native, back)
        assert (await go(alices, native)).status_code == 200

    async def test_removing_the_application_forgets_it(self, app: Site, alices: Browser) -> None:
        assert (await redeem(app, (await approve(alices))["code"])).status_code == 200
        page = await alices.open("/devices")
        assert "with a browser" in page.text
        await alices.submit("/devices/revoke")
        assert (await go(alices, asked())).status_code == 200

    async def test_what_was_left_out_the_second_time_is_not_remembered_from_the_first(
        self, app: Site, alices: Browser
    ) -> None:
        await change(app, policy=ClientPolicy(optional_scope=("email",)))
        await go(alices, asked(scope="openid email"))
        await alices.submit("/authorize/consent", decision="approve", **{"optional email": "yes"})
        assert "code" in answer(await go(alices, asked(scope="openid email", prompt="none")))
        await go(alices, asked(scope="openid email", prompt="consent"))
        await alices.submit("/authorize/consent", decision="approve")
        refused = answer(await go(alices, asked(scope="openid email", prompt="none")))
        assert refused["error"] == "consent_required"
        assert "code" in answer(await go(alices, asked(scope="openid", prompt="none")))

    async def test_offline_access_is_asked_about_the_first_time(self, app: Site, alices: Browser) -> None:
        await approve(alices)
        told = answer(await go(alices, asked(scope="openid profile offline_access", prompt="none")))
        assert told["error"] == "consent_required"

    async def test_a_device_of_the_same_client_is_asked_about_all_the_same(
        self, app: Site, alices: Browser
    ) -> None:
        await change(app, grant_types=CODE_GRANTS | {GrantType.DEVICE_CODE}, secret_digest=None)
        told = await approve(alices)
        assert "code" in told
        pairing = await app.start_pairing(client_id="web", scope="openid")
        page = await alices.follow(await alices.enter(pairing.user_code))
        assert "Connect this device?" in page.text


class TestHint:
    """OpenID Connect Core §3.1.2.1: the client means one person, and no other will do."""

    @pytest.fixture
    async def hint(self, app: Site, alices: Browser) -> str:
        tokens = (await redeem(app, (await approve(alices))["code"])).json()
        return str(tokens["id_token"])

    async def test_of_the_person_who_is_signed_in_changes_nothing(
        self, app: Site, alices: Browser, hint: str
    ) -> None:
        app.clock.now += 86_400 * 3  # it may be as old as it likes
        await alices.sign_in()
        assert "code" in answer(await go(alices, asked(prompt="none", id_token_hint=hint)))

    async def test_of_another_person_asks_for_that_one(self, app: Site, hint: str) -> None:
        bobs = await app.browser("198.51.100.9")
        await bobs.sign_in("bob")
        refused = answer(await go(bobs, asked(prompt="none", id_token_hint=hint)))
        assert refused["error"] == "login_required"
        page = await go(bobs, asked(id_token_hint=hint))
        assert "This application needs a different account than bob." in page.text
        again = await bobs.submit("/signin", username="bob", password=PASSWORD)
        page = await go(bobs, again.headers["location"])
        assert "This application needs a different account than bob." in page.text
        right = await bobs.submit("/signin", username="alice", password=PASSWORD)
        assert "code" in answer(await go(bobs, right.headers["location"]))

    async def test_that_another_client_was_given_is_none(self, app: Site, alices: Browser, hint: str) -> None:
        back = "http://127.0.0.1:51004/callback"
        native = asked(client_id="native", redirect_uri=back, id_token_hint=hint)
        assert answer(await go(alices, native), back)["error"] == "invalid_request"


class TestFreshSignIn:
    async def test_prompt_login_asks_for_the_password_once_more(self, app: Site, alices: Browser) -> None:
        app.clock.now += 60
        page = await go(alices, asked(prompt="login"))
        assert "Sign in to continue" in page.text
        app.clock.now += 1
        signed_in = await alices.submit("/signin", username="alice", password=PASSWORD)
        page = await go(alices, signed_in.headers["location"])
        assert "Allow A Web App?" in page.text
        told = answer(await alices.submit("/authorize/consent", decision="approve"))
        said = claims((await redeem(app, told["code"])).json()["id_token"])
        assert said["auth_time"] == int(app.clock())

    @pytest.mark.parametrize(("max_age", "asks"), [("30", True), ("90", False), ("0", True)])
    async def test_max_age(self, app: Site, alices: Browser, max_age: str, *, asks: bool) -> None:
        app.clock.now += 60
        page = await go(alices, asked(max_age=max_age))
        assert ("Sign in to continue" in page.text) is asks

    async def test_prompt_none_with_an_old_sign_in_is_login_required(
        self, app: Site, alices: Browser
    ) -> None:
        app.clock.now += 60
        told = answer(await go(alices, asked(prompt="none", max_age="30")))
        assert told["error"] == "login_required"

    async def test_an_old_session_cannot_decide_what_wants_a_fresh_one(
        self, app: Site, alices: Browser
    ) -> None:
        page = await go(alices, asked())
        fields = {**alices.forms()["/authorize/consent"], "decision": "approve"}
        assert page.status_code == 200
        app.clock.now += 60
        fresh = await alices.http.get(asked(prompt="login"))
        reference = parse_qs(urlsplit(fresh.headers["location"]).query)["request"][0]
        response = await alices.post("/authorize/consent", {**fields, "request": reference})
        assert response.headers["location"].startswith("/authorize/consent")

    async def test_someone_else_can_sign_in_instead(self, app: Site, alices: Browser) -> None:
        await go(alices, asked())
        out = await alices.submit("/signout")
        page = await go(alices, out.headers["location"])
        assert "Sign in to continue to A Web App" in page.text

    async def test_the_form_may_lead_to_the_application(self, app: Site, alices: Browser) -> None:
        """Where the person has allowed it all before, the answer to the sign-in leads straight back (Chromium minds)."""
        await approve(alices)
        app.clock.now += 60
        page = await go(alices, asked(prompt="login"))
        assert "form-action 'self' https:;" in page.headers["content-security-policy"]
        signed_in = await alices.submit("/signin", username="alice", password=PASSWORD)
        assert "code" in answer(await go(alices, signed_in.headers["location"]))
        elsewhere = await alices.open("/signin?again=1")
        assert "form-action 'self';" in elsewhere.headers["content-security-policy"]

    async def test_a_session_from_before_the_sign_in_is_worth_nothing(
        self, app: Site, browser: Browser
    ) -> None:
        """Session fixation: whoever planted the cookie does not come along."""
        await go(browser, asked())
        planted = browser.cookie
        signed_in = await browser.submit("/signin", username="alice", password=PASSWORD)
        page = await go(browser, signed_in.headers["location"])
        assert "Allow A Web App?" in page.text
        attacker = await app.browser("198.51.100.9")
        attacker.http.cookies.set("__Host-pairgrant", planted, domain="pair.example")
        page = await go(attacker, signed_in.headers["location"])
        assert "Sign in to continue" in page.text


class TestOptionalScopes:
    async def test_what_was_unticked_is_not_granted(self, app: Site, alices: Browser) -> None:
        await change(app, policy=ClientPolicy(optional_scope=("profile", "email")))
        page = await go(alices, asked(scope="openid profile email"))
        assert page.text.count('type="checkbox"') == 2
        response = await alices.submit("/authorize/consent", decision="approve", **{"optional email": "yes"})
        tokens = (await redeem(app, answer(response)["code"])).json()
        assert tokens["scope"] == "openid email"


class TestRedemption:
    @pytest.fixture
    async def code(self, app: Site, alices: Browser) -> str:
        return (await approve(alices, asked(scope="openid offline_access board:read")))["code"]

    @pytest.mark.parametrize(
        ("changes", "error"),
        [
            ({"code": "A" * 64}, "invalid_grant"),
            ({"code": "short"}, "invalid_grant"),
            ({"code_verifier": "x" * 43}, "invalid_grant"),
            ({"redirect_uri": "https://app.example/other"}, "invalid_grant"),
            ({"redirect_uri": None}, "invalid_grant"),
            ({"client_id": "native", "client_secret": None}, "invalid_grant"),
            ({"client_secret": "wrong"}, "invalid_client"),
            ({"client_secret": None}, "invalid_client"),
            ({"code_verifier": None}, "invalid_request"),
            ({"code_verifier": "x" * 42}, "invalid_request"),
            ({"code_verifier": "ä" * 43}, "invalid_request"),
            ({"code": None}, "invalid_request"),
            ({"resource": "https://other.example"}, "invalid_target"),
        ],
    )
    async def test_a_wrong_attempt_gets_nothing_and_costs_nothing(
        self, app: Site, code: str, changes: dict[str, str | None], error: str
    ) -> None:
        refused = await redeem(app, code, **changes)
        assert (refused.status_code, refused.json()["error"]) == (
            401 if error == "invalid_client" else 400,
            error,
        )
        assert (await redeem(app, code)).status_code == 200

    async def test_a_code_lives_a_minute(self, app: Site, code: str) -> None:
        app.clock.now += 60
        assert (await redeem(app, code)).json()["error"] == "invalid_grant"

    async def test_a_replay_that_is_right_ends_what_the_code_gave(self, app: Site, code: str) -> None:
        tokens = (await redeem(app, code)).json()
        assert await is_alive(app, tokens)
        assert (await redeem(app, code)).json()["error"] == "invalid_grant"
        assert not await is_alive(app, tokens)
        http = (await app.browser()).http
        refresh = {
            "grant_type": "refresh_token",
            "refresh_token": tokens["refresh_token"],
            "client_id": "web",
            "client_secret": SECRET.reveal(),
        }
        assert (await http.post("/token", data=refresh)).json()["error"] == "invalid_grant"

    @pytest.mark.parametrize(
        "changes",
        [
            {"code_verifier": "x" * 43},
            {"redirect_uri": "https://app.example/other"},
            {"client_id": "native", "client_secret": None},
        ],
    )
    async def test_a_replay_that_is_wrong_ends_nothing(
        self, app: Site, code: str, changes: dict[str, str | None]
    ) -> None:
        tokens = (await redeem(app, code)).json()
        assert (await redeem(app, code, **changes)).json()["error"] == "invalid_grant"
        assert await is_alive(app, tokens)

    async def test_of_fifty_at_once_at_most_one_gets_tokens(self, app: Site, code: str) -> None:
        answers = await asyncio.gather(*(redeem(app, code) for _ in range(50)))
        assert sorted(found.status_code for found in answers) == [200] + [400] * 49

    async def test_a_locked_person_gets_no_tokens(self, app: Site, code: str) -> None:
        await app.backend.people.set_locked("alice", locked=True)
        assert (await redeem(app, code)).json()["error"] == "invalid_grant"

    @pytest.mark.parametrize(
        ("changes", "error"),
        [
            ({"redirect_uris": ("https://app.example/new",)}, "invalid_grant"),
            ({"scope": ("profile",)}, "invalid_grant"),
            ({"grant_types": frozenset({GrantType.REFRESH_TOKEN})}, "unauthorized_client"),
        ],
    )
    async def test_a_client_that_is_not_what_it_was_gets_no_tokens(
        self, app: Site, code: str, changes: dict[str, Any], error: str
    ) -> None:
        await change(app, **changes)
        assert (await redeem(app, code)).json()["error"] == error

    async def test_a_scope_that_the_client_lost_is_not_granted(self, app: Site, code: str) -> None:
        await change(app, scope=("openid", "profile"))
        assert (await redeem(app, code)).json()["scope"] == "openid"

    async def test_a_removed_person_gets_no_tokens(self, app: Site, code: str) -> None:
        await app.backend.people.remove("alice")
        assert (await redeem(app, code)).json()["error"] == "invalid_grant"

    async def test_of_fifty_at_once_the_winner_is_ended_by_its_twins(self, app: Site, code: str) -> None:
        """A replay with the right verifier is a replay, however soon it comes (RFC 6749 §4.1.2)."""
        answers = await asyncio.gather(*(redeem(app, code) for _ in range(50)))
        (won,) = (found.json() for found in answers if found.status_code == 200)
        assert not await is_alive(app, won)

    async def test_the_refresh_token_goes_on(self, app: Site, code: str) -> None:
        tokens = (await redeem(app, code)).json()
        assert set(claims(tokens["access_token"])["aud"]) == {f"{ISSUER}/board", ISSUER}
        http = (await app.browser()).http
        form = {
            "grant_type": "refresh_token",
            "refresh_token": tokens["refresh_token"],
            "client_id": "web",
            "client_secret": SECRET.reveal(),
        }
        renewed = await http.post("/token", data=form)
        assert renewed.status_code == 200
        assert "nonce" not in claims(renewed.json()["id_token"])

    async def test_the_resource_asked_for_is_the_audience(self, app: Site, alices: Browser) -> None:
        told = await approve(alices, asked(resource=f"{ISSUER}/board", scope="board:read"))
        tokens = (await redeem(app, told["code"])).json()
        assert claims(tokens["access_token"])["aud"] == [f"{ISSUER}/board"]


class TestSecrets:
    async def test_none_of_the_flow_is_logged(
        self, app: Site, alices: Browser, capsys: pytest.CaptureFixture[str]
    ) -> None:
        first = await alices.http.get(asked())
        reference = parse_qs(urlsplit(first.headers["location"]).query)["request"][0]
        told = await approve(alices, first.headers["location"])
        tokens = (await redeem(app, told["code"])).json()
        await redeem(app, told["code"])
        logged = capsys.readouterr().out
        assert "code redeemed" in logged
        assert "/authorize/consent" in logged
        secrets = [reference, told["code"], "a state", "a nonce", VERIFIER, SECRET.reveal()]
        for secret in [*secrets, tokens["access_token"], tokens["id_token"]]:
            assert secret not in logged

    async def test_none_of_the_flow_is_stored(self, app: Site, alices: Browser, tmp_path: Any) -> None:
        first = await alices.http.get(asked())
        reference = parse_qs(urlsplit(first.headers["location"]).query)["request"][0]
        told = await approve(alices, first.headers["location"])
        tokens = (await redeem(app, told["code"])).json()
        kept = b"".join(path.read_bytes() for path in tmp_path.glob("pairgrant.db*"))
        for secret in (reference, told["code"], VERIFIER, tokens["access_token"]):
            assert secret.encode() not in kept

    async def test_an_address_leaves_with_no_referrer(self, app: Site, alices: Browser) -> None:
        assert (await alices.http.get(asked())).headers["referrer-policy"] == "no-referrer"
        page = await go(alices, asked())
        assert page.headers["referrer-policy"] == "strict-origin"
        assert page.headers["cache-control"] == "no-store"
        assert page.headers["x-frame-options"] == "DENY"


class TestPushedRequests:
    async def push(self, site: Site, **changes: str | None) -> httpx.Response:
        form = dict(parse_qsl(urlsplit(asked(**changes)).query))
        http = (await site.browser()).http
        found: httpx.Response = await http.post("/par", data={"client_secret": SECRET.reveal(), **form})
        return found

    async def test_are_the_only_way_in_for_a_client_that_must_push(self, app: Site, alices: Browser) -> None:
        await change(app, policy=ClientPolicy(requires_pushed_requests=True))
        assert answer(await go(alices, asked()))["error"] == "invalid_request"
        uri = (await self.push(app)).json()["request_uri"]
        query = urlencode({"client_id": "web", "request_uri": uri})
        assert "code" in await approve(alices, f"/authorize?{query}")

    async def test_of_a_client_that_proved_who_it_is_are_counted_for_itself(self, app: Site) -> None:
        statuses = {(await self.push(app)).status_code for _ in range(301)}
        assert statuses == {201}

    async def test_of_a_public_client_are_counted_by_address(self, app: Site) -> None:
        back = "http://127.0.0.1:51004/callback"
        public = {"client_id": "native", "client_secret": None, "redirect_uri": back}
        http = (await app.browser()).http
        form = dict(parse_qsl(urlsplit(asked(**public)).query))
        found = [await http.post("/par", data=form) for _ in range(301)]
        assert [response.status_code for response in found[-2:]] == [201, 429]
        assert found[-1].headers["retry-after"] == "60"

    @pytest.mark.parametrize("method", ["GET", "PUT"])
    async def test_come_by_post(self, app: Site, method: str) -> None:
        http = (await app.browser()).http
        assert (await http.request(method, "/par")).status_code == 405

    async def test_stands_for_what_was_pushed(self, app: Site, alices: Browser) -> None:
        pushed = await self.push(app)
        assert pushed.status_code == 201
        assert pushed.json()["expires_in"] == 600
        assert pushed.headers["cache-control"] == "no-store"
        uri = pushed.json()["request_uri"]
        assert uri.startswith("urn:ietf:params:oauth:request_uri:")
        query = urlencode({"client_id": "web", "request_uri": uri, "scope": "email", "redirect_uri": "x"})
        told = await approve(alices, f"/authorize?{query}")
        assert (await redeem(app, told["code"])).json()["scope"] == "openid profile"
        assert (await go(alices, f"/authorize?{query}")).status_code == 400, "it was decided"

    async def test_is_its_clients_own(self, app: Site, browser: Browser) -> None:
        uri = (await self.push(app)).json()["request_uri"]
        query = urlencode({"client_id": "native", "request_uri": uri})
        assert (await go(browser, f"/authorize?{query}")).status_code == 400

    @pytest.mark.parametrize("more", ["\r\n", "\x01\x01", "\r\n\r\n<>", "=", "  ", ".."])
    async def test_with_letters_that_a_lenient_decoder_skips_is_unknown(
        self, app: Site, alices: Browser, more: str
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
    async def test_is_judged_at_once(
        self, app: Site, changes: dict[str, str | None], status: int, error: str
    ) -> None:
        refused = await self.push(app, **changes)
        assert (refused.status_code, refused.json()["error"]) == (status, error)

    async def test_goes_stale(self, app: Site, browser: Browser) -> None:
        uri = (await self.push(app)).json()["request_uri"]
        app.clock.now += 600
        query = urlencode({"client_id": "web", "request_uri": uri})
        assert (await go(browser, f"/authorize?{query}")).status_code == 400
