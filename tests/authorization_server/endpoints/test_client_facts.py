"""Recorded requests of clients that can't run here: golang.org/x/oauth2, gh, oidc-agent, msal, libiddawc.

Clients that can run are in tests/interop.
"""

from base64 import b64encode
from urllib.parse import urlencode

import httpx
import pytest

from pairgrant_protocol.device_grant import Decision
from pairgrant_protocol.vocabulary import GrantType
from pairgrant_server.authorization_server.model.records import Client
from tests.authorization_server.server_under_test import ServerUnderTest

SCOPE = "openid profile email offline_access board:read board:write"
FORM = {"content-type": "application/x-www-form-urlencoded"}
NO_PASSWORD = {"authorization": "Basic " + b64encode(b"lobby-tv:").decode(), **FORM}
"""How libraries that know only Basic identify a public client."""


async def send(
    server: ServerUnderTest, path: str, body: str | dict[str, str], headers: dict[str, str] = FORM
) -> httpx.Response:
    text = body if isinstance(body, str) else urlencode(body)
    response: httpx.Response = await server.http.post(path, content=text, headers=headers)
    return response


def error_of(response: httpx.Response) -> tuple[int, str]:
    return response.status_code, response.json()["error"]


class TestGo:
    """golang.org/x/oauth2 polls at once, each poll twice until one succeeds, and then keeps to the way that
    did.
    """

    async def test_go_client_pairs_and_refreshes(self, server: ServerUnderTest) -> None:
        asked = await send(server, "/device_authorization", {"client_id": "lobby-tv", "scope": SCOPE})
        codes = asked.json()
        poll = {"grant_type": GrantType.DEVICE_CODE.value, "device_code": codes["device_code"]}
        for _ in range(3):
            first = await send(server, "/token", poll, NO_PASSWORD)
            twin = await send(server, "/token", {**poll, "client_id": "lobby-tv"})
            assert error_of(first) == error_of(twin) == (400, "authorization_pending")
            server.clock.advance(codes["interval"])
        assert await server.decide(codes)
        tokens = (await send(server, "/token", poll, NO_PASSWORD)).json()
        refresh = {"grant_type": "refresh_token", "refresh_token": tokens["refresh_token"]}
        refreshed = await send(server, "/token", refresh, NO_PASSWORD)
        assert refreshed.status_code == 200
        assert refreshed.json()["token_type"] == "Bearer"

    @pytest.mark.parametrize("end", ["access_denied", "expired_token"])
    async def test_twin_poll_of_go_gets_the_same_error(self, server: ServerUnderTest, end: str) -> None:
        codes = await server.start()
        if end == "access_denied":
            assert await server.decide(codes, Decision.DENY)
        else:
            server.clock.advance(codes["expires_in"] + 1)
        poll = {"grant_type": GrantType.DEVICE_CODE.value, "device_code": codes["device_code"]}
        first = await send(server, "/token", poll, NO_PASSWORD)
        twin = await send(server, "/token", {**poll, "client_id": "lobby-tv"})
        assert error_of(first) == error_of(twin) == (400, end)


class TestGh:
    """cli/oauth wants an integer, takes the first slow_down for the end, and reads 401, 403, 404, 422 as
    "unsupported".
    """

    async def test_gh_polls_that_are_a_little_early_are_pending(self, server: ServerUnderTest) -> None:
        codes = await server.start()
        assert type(codes["interval"]) is int
        for _ in range(5):
            assert error_of(await server.poll(codes)) == (400, "authorization_pending")
            server.clock.advance(codes["interval"] - 0.9)

    async def test_gh_client_without_the_grant_gets_400(self, server: ServerUnderTest) -> None:
        response = await send(server, "/device_authorization", {"client_id": "no-device", "scope": SCOPE})
        assert error_of(response) == (400, "unauthorized_client")


class TestOidcAgent:
    """oidc-agent sends only Basic without a password, and escapes neither spaces nor colons."""

    async def test_oidc_agent_pairs_and_revokes(self, server: ServerUnderTest) -> None:
        asked = await send(server, "/device_authorization", f"scope={SCOPE}", NO_PASSWORD)
        codes = asked.json()
        assert await server.decide(codes)
        poll = f"grant_type={GrantType.DEVICE_CODE}&device_code={codes['device_code']}"
        tokens = (await send(server, "/token", poll, NO_PASSWORD)).json()
        assert tokens["scope"] == SCOPE
        refresh = f"grant_type=refresh_token&refresh_token={tokens['refresh_token']}&scope={SCOPE}"
        tokens = (await send(server, "/token", refresh, NO_PASSWORD)).json()
        revoke = f"token={tokens['refresh_token']}&token_type_hint=refresh_token"
        assert (await send(server, "/revoke", revoke, NO_PASSWORD)).status_code == 200

    @pytest.mark.parametrize("form", [{}, {"client_id": "lobby-tv"}, {"client_secret": ""}])
    @pytest.mark.parametrize("path", ["/device_authorization", "/token", "/revoke", "/introspect", "/par"])
    async def test_oidc_agent_authentication_counts_as_none_at_every_endpoint(
        self, server: ServerUnderTest, path: str, form: dict[str, str]
    ) -> None:
        response = await send(server, path, {"token": "x", **form}, NO_PASSWORD)
        assert response.status_code == 200 or response.json()["error"] != "invalid_client"


class TestMsal:
    """msal sends scope and ``client_info`` with every poll, and its device_code as ``code`` too."""

    async def test_additional_parameters_of_msal_are_ignored(self, server: ServerUnderTest) -> None:
        more = {"client_id": "lobby-tv", "scope": SCOPE, "client_info": "1"}
        codes = (await send(server, "/device_authorization", more)).json()
        assert await server.decide(codes)
        poll = {"grant_type": GrantType.DEVICE_CODE.value, "device_code": codes["device_code"]}
        response = await send(server, "/token", {**more, **poll, "code": codes["device_code"]})
        tokens = response.json()
        assert tokens["id_token"].count(".") == 2  # without one it never refreshes silently
        refresh = {"grant_type": "refresh_token", "refresh_token": tokens["refresh_token"]}
        assert (await send(server, "/token", {**more, **refresh})).status_code == 200


class TestLibiddawc:
    async def test_libiddawc_may_send_grant_type_with_the_device_request(
        self, server: ServerUnderTest
    ) -> None:
        form = {"client_id": "lobby-tv", "grant_type": GrantType.DEVICE_CODE.value, "scope": SCOPE}
        assert (await send(server, "/device_authorization", form)).status_code == 200


class TestEveryone:
    async def test_token_response_has_the_requested_scope(self, server: ServerUnderTest) -> None:
        """requests-oauthlib raises if it differs."""
        assert (await server.connect(scope="openid board:read"))["scope"] == "openid board:read"

    async def test_token_lives_longer_than_a_minute(self, server: ServerUnderTest) -> None:
        """Authlib treats a token of sixty seconds as expired."""
        assert (await server.connect())["expires_in"] > 60

    @pytest.mark.parametrize("method", ["GET", "POST"])
    async def test_userinfo_accepts_get_and_post(self, server: ServerUnderTest, method: str) -> None:
        token = (await server.connect())["access_token"]
        headers = {"authorization": f"Bearer {token}"}
        assert (await server.http.request(method, "/userinfo", headers=headers)).status_code == 200

    async def test_public_client_introspects_and_revokes_its_own_token(self, server: ServerUnderTest) -> None:
        token = (await server.connect())["access_token"]
        form = {"client_id": "lobby-tv", "token": token}
        assert (await send(server, "/introspect", form)).json()["active"]
        assert (await send(server, "/revoke", form)).status_code == 200
        assert (await send(server, "/introspect", form)).json() == {"active": False}

    async def test_pushed_request_is_authenticated_by_basic(self, server: ServerUnderTest) -> None:
        app = Client(
            "lobby-app",
            "App",
            frozenset({GrantType.AUTHORIZATION_CODE}),
            ("openid",),
            server.clock(),
            redirect_uris=("https://app.example/callback",),
        )
        assert await server.store.add_client(app)
        form = {
            "response_type": "code",
            "redirect_uri": "https://app.example/callback",
            "code_challenge": "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM",
            "code_challenge_method": "S256",
        }
        headers = {"authorization": "Basic " + b64encode(b"lobby-app:").decode(), **FORM}
        assert (await send(server, "/par", form, headers)).status_code == 201
