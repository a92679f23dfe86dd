"""The redemption of an authorization code: what it is bound to, and what the tokens contain."""

import json
import secrets
from base64 import urlsafe_b64decode, urlsafe_b64encode
from dataclasses import replace
from hashlib import sha256
from typing import Any
from urllib.parse import urlencode

import httpx
import pytest
from joserfc import jwt
from joserfc.jwk import ECKey, KeySet
from joserfc.jws import JWSRegistry
from structlog.testing import capture_logs

from pairgrant_protocol.authorization_code_grant import PersonSignIn
from pairgrant_protocol.vocabulary import GrantType
from pairgrant_server.authorization_server.model.client_policy import ClientPolicy
from pairgrant_server.authorization_server.model.records import Client
from tests.authorization_server.server_under_test import ServerUnderTest

ISSUER = "http://pair.example:8628"
NOW = 1_790_000_000.0
BACK = "https://app.example/back"
VERIFIER = "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk"  # RFC 7636 appendix B
CHALLENGE = "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM"
ALICE = "u-alice"
BOARD = f"{ISSUER}/board"
API = "https://api.example/v1"
KEY, OTHER = ECKey.generate_key("P-256"), ECKey.generate_key("P-256")
APP = Client(
    "app",
    "An App",
    frozenset({GrantType.AUTHORIZATION_CODE, GrantType.REFRESH_TOKEN}),
    ("openid", "profile", "email", "offline_access", "board:read"),
    NOW,
    redirect_uris=(BACK,),
    policy=ClientPolicy(resources=(API,)),
)
ASKED = {
    "client_id": "app",
    "redirect_uri": BACK,
    "response_type": "code",
    "scope": "openid",
    "code_challenge": CHALLENGE,
    "code_challenge_method": "S256",
}


@pytest.fixture
async def app(server: ServerUnderTest) -> ServerUnderTest:
    assert await server.store.add_client(APP)
    return server


def encoded(raw: bytes) -> str:
    return urlsafe_b64encode(raw).decode().rstrip("=")


def proof(path: str, key: Any = KEY) -> dict[str, str]:
    """A header that proves ``key`` (RFC 9449 §4.2)."""
    head = {"typ": "dpop+jwt", "alg": "ES256", "jwk": key.as_dict(private=False)}
    claims = {"jti": secrets.token_hex(8), "htm": "POST", "htu": ISSUER + path, "iat": int(NOW)}
    text = ".".join(encoded(json.dumps(part).encode()) for part in (head, claims))
    return {"dpop": f"{text}.{encoded(JWSRegistry.algorithms['ES256'].sign(text.encode(), key))}"}


async def push(
    server: ServerUnderTest, headers: dict[str, str] | None = None, **changes: str
) -> httpx.Response:
    response: httpx.Response = await server.post("/par", {**ASKED, **changes}, headers=headers)
    return response


async def approved(server: ServerUnderTest, response: httpx.Response) -> str:
    """The code of a pushed request that the person approved."""
    assert response.status_code == 201, response.text
    reference = response.json()["request_uri"].rpartition(":")[2]
    return await approve(server, reference)


async def approve(server: ServerUnderTest, reference: str) -> str:
    pending = await server.parts.code_flow.pending(reference)
    assert pending is not None
    code = await server.parts.code_flow.approve(
        pending,
        await server.client(pending.request.client_id),
        PersonSignIn(ALICE, NOW - 60),
        scope=pending.request.scope,
        remember=False,
    )
    assert code is not None
    return code.reveal()


async def redeem(
    server: ServerUnderTest, code: str, headers: dict[str, str] | None = None, **changes: str
) -> httpx.Response:
    form = {
        "grant_type": "authorization_code",
        "code": code,
        "redirect_uri": BACK,
        "code_verifier": VERIFIER,
        "client_id": "app",
    }
    response: httpx.Response = await server.post("/token", {**form, **changes}, headers=headers)
    return response


async def claims(server: ServerUnderTest, token: str) -> dict[str, Any]:
    keys = KeySet.import_key_set((await server.http.get("/jwks")).json())
    return jwt.decode(token, keys, algorithms=["ES256", "RS256"]).claims


def error(response: httpx.Response) -> tuple[int, str]:
    return response.status_code, response.json()["error"]


class TestKey:
    """RFC 9449 §10: a code is bound to the key that the request named."""

    async def test_code_is_bound_to_the_key_named_in_the_request(self, app: ServerUnderTest) -> None:
        code = await approved(app, await push(app, dpop_jkt=KEY.thumbprint()))
        assert error(await redeem(app, code)) == (400, "invalid_grant")
        assert error(await redeem(app, code, proof("/token", OTHER))) == (400, "invalid_grant")
        response = await redeem(app, code, proof("/token"))
        assert response.json()["token_type"] == "DPoP"
        said = await claims(app, response.json()["access_token"])
        assert said["cnf"] == {"jkt": KEY.thumbprint()}

    async def test_code_is_bound_to_the_key_proved_with_the_pushed_request(
        self, app: ServerUnderTest
    ) -> None:
        pushed = await push(app, proof("/par"))
        assert pushed.headers["dpop-nonce"]
        code = await approved(app, pushed)
        assert error(await redeem(app, code, proof("/token", OTHER))) == (400, "invalid_grant")
        assert (await redeem(app, code, proof("/token"))).status_code == 200

    async def test_pushed_proof_of_another_key_than_dpop_jkt_is_refused(self, app: ServerUnderTest) -> None:
        response = await push(app, proof("/par"), dpop_jkt=OTHER.thumbprint())
        assert error(response) == (400, "invalid_dpop_proof")

    async def test_replayed_code_without_the_key_revokes_nothing(self, app: ServerUnderTest) -> None:
        code = await approved(app, await push(app, dpop_jkt=KEY.thumbprint()))
        tokens = (await redeem(app, code, proof("/token"))).json()
        assert error(await redeem(app, code)) == (400, "invalid_grant")
        assert (await app.introspect(tokens["access_token"], client_id="app"))["active"]


async def test_end_of_a_family_by_a_used_code_is_logged_without_the_code(app: ServerUnderTest) -> None:
    code = await approved(app, await push(app))
    assert (await redeem(app, code)).status_code == 200
    with capture_logs() as logs:
        assert error(await redeem(app, code)) == (400, "invalid_grant")
        assert error(await redeem(app, code)) == (400, "invalid_grant")
    (line,) = [line for line in logs if line["event"] == "family.ended"]
    assert (line["client_id"], line["network"], line["grant_type"]) == (
        "app",
        "192.0.2.7",
        "authorization_code",
    )
    assert code not in str(logs)


class TestResource:
    """RFC 8707."""

    async def test_resource_may_be_repeated(self, app: ServerUnderTest) -> None:
        query = urlencode({**ASKED, "scope": "board:read"})
        query += "&" + urlencode([("resource", BOARD), ("resource", API)])
        led = await app.http.get(f"/authorize?{query}")
        code = await approve(app, led.headers["location"].rpartition("=")[2])
        response = await redeem(app, code)
        assert (await claims(app, response.json()["access_token"]))["aud"] == [BOARD, API]

    async def test_token_may_be_requested_for_fewer_resources(self, app: ServerUnderTest) -> None:
        code = await approved(app, await push(app, scope="board:read", resource=API))
        assert error(await redeem(app, code, resource=BOARD)) == (400, "invalid_target")
        response = await redeem(app, code, resource=API)
        assert (await claims(app, response.json()["access_token"]))["aud"] == [API]

    async def test_refresh_may_be_for_another_approved_resource_than_the_code_was(
        self, app: ServerUnderTest
    ) -> None:
        """RFC 8707 §2.2: a refresh token is for all resources of the grant."""
        query = urlencode({**ASKED, "scope": "board:read offline_access"})
        query += "&" + urlencode([("resource", BOARD), ("resource", API)])
        led = await app.http.get(f"/authorize?{query}")
        code = await approve(app, led.headers["location"].rpartition("=")[2])
        tokens = (await redeem(app, code, resource=API)).json()
        assert (await claims(app, tokens["access_token"]))["aud"] == [API]
        tokens = (await app.refresh(tokens["refresh_token"], client_id="app", resource=BOARD)).json()
        assert (await claims(app, tokens["access_token"]))["aud"] == [BOARD]
        tokens = (await app.refresh(tokens["refresh_token"], client_id="app")).json()
        assert (await claims(app, tokens["access_token"]))["aud"] == [BOARD, API]

    @pytest.mark.parametrize("resource", ["https://other.example", "api.example", f"{API}#part", "/v1"])
    async def test_unknown_resource_is_an_invalid_target(self, app: ServerUnderTest, resource: str) -> None:
        assert error(await push(app, resource=resource)) == (400, "invalid_target")


class TestIdToken:
    """OpenID Connect Core §2, §3.1.3.6."""

    @pytest.mark.parametrize("algorithm", ["ES256", "RS256"])
    async def test_id_token_is_signed_with_the_algorithm_of_the_client(
        self, app: ServerUnderTest, algorithm: str
    ) -> None:
        policy = ClientPolicy(id_token_algorithm=algorithm)
        await app.store.replace_client(replace(APP, policy=policy))
        code = await approved(app, await push(app, nonce="n-0S6_WzA2Mj"))
        tokens = (await redeem(app, code)).json()
        head = json.loads(_head(tokens["id_token"]))
        assert head["alg"] == algorithm
        said = await claims(app, tokens["id_token"])
        half = sha256(tokens["access_token"].encode()).digest()[:16]
        assert said == {
            "iss": ISSUER,
            "sub": ALICE,
            "aud": "app",
            "iat": int(NOW),
            "exp": int(NOW) + 600,
            "auth_time": int(NOW) - 60,
            "nonce": "n-0S6_WzA2Mj",
            "at_hash": encoded(half),
        }

    async def test_id_token_has_no_nonce_if_none_was_sent(self, app: ServerUnderTest) -> None:
        tokens = (await redeem(app, await approved(app, await push(app)))).json()
        assert "nonce" not in await claims(app, tokens["id_token"])

    async def test_id_token_is_issued_only_with_the_scope_openid(self, app: ServerUnderTest) -> None:
        code = await approved(app, await push(app, scope="profile board:read"))
        assert "id_token" not in (await redeem(app, code)).json()


class TestUserinfo:
    """OpenID Connect Core §5.3, §5.4."""

    @pytest.mark.parametrize(
        ("scope", "expected"),
        [
            ("openid", {"sub": ALICE}),
            ("openid profile", {"sub": ALICE, "name": "Alice Liddell", "preferred_username": "alice"}),
            ("openid email", {"sub": ALICE, "email": "alice@example.org", "email_verified": False}),
        ],
    )
    async def test_userinfo_has_the_claims_of_the_scope(
        self, app: ServerUnderTest, scope: str, expected: dict[str, Any]
    ) -> None:
        tokens = (await redeem(app, await approved(app, await push(app, scope=scope)))).json()
        assert (await app.userinfo(tokens["access_token"])).json() == expected

    async def test_userinfo_refuses_a_token_without_openid(self, app: ServerUnderTest) -> None:
        tokens = (await redeem(app, await approved(app, await push(app, scope="board:read")))).json()
        assert (await app.userinfo(tokens["access_token"])).status_code == 401


class TestPushedForm:
    @pytest.mark.parametrize("name", ["state", "redirect_uri", "client_id", "code_challenge"])
    async def test_pushed_form_with_a_repeated_parameter_is_refused(
        self, app: ServerUnderTest, name: str
    ) -> None:
        body = urlencode({**ASKED, "state": "s"}) + "&" + urlencode({name: "x"})
        headers = {"content-type": "application/x-www-form-urlencoded"}
        response = await app.http.post("/par", content=body, headers=headers)
        assert error(response) == (400, "invalid_request")

    async def test_request_uri_can_not_be_forged(self, app: ServerUnderTest) -> None:
        uris = [(await push(app)).json()["request_uri"] for _ in range(3)]
        assert len(set(uris)) == 3
        reference = uris[0].rpartition(":")[2]
        other = "B" if reference[-5] != "B" else "C"
        forged = reference[:-5] + other + reference[-4:]
        assert await app.parts.code_flow.pending(forged) is None
        assert await app.parts.code_flow.pending(reference) is not None

    async def test_pushed_form_that_is_too_large_is_refused(self, app: ServerUnderTest) -> None:
        assert (await push(app, state="s" * 17_000)).status_code == 413


def _head(token: str) -> bytes:
    part = token.split(".", maxsplit=1)[0]
    return urlsafe_b64decode(part + "=" * (-len(part) % 4))
