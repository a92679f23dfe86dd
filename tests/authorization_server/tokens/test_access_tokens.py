"""RFC 9068 access tokens, ID tokens and userinfo: their claims, and when they are invalid."""

from base64 import urlsafe_b64encode
from hashlib import sha256

import pytest
from joserfc import jwt
from joserfc.jwk import KeySet

from pairgrant_protocol.sign_in_end import EndedBy
from tests.authorization_server.server_under_test import ServerUnderTest

ISSUER = "http://pair.example:8628"


async def decoded(server: ServerUnderTest, token: str) -> jwt.Token:
    """The claims of ``token``, verified with the published keys."""
    keys = KeySet.import_key_set((await server.http.get("/jwks")).json())
    return jwt.decode(token, keys, algorithms=["ES256"])


class TestAccessToken:
    async def test_access_token_has_the_claims_of_rfc_9068(self, server: ServerUnderTest) -> None:
        tokens = await server.connect(scope="openid board:read")
        token = await decoded(server, tokens["access_token"])
        assert token.header["typ"] == "at+jwt"
        claims = token.claims
        assert {name: claims[name] for name in ("iss", "sub", "aud", "client_id", "scope", "iat", "exp")} == {
            "iss": ISSUER,
            "sub": "u-alice",
            "aud": [f"{ISSUER}/board", ISSUER],
            "client_id": "lobby-tv",
            "scope": "openid board:read",
            "iat": 1_790_000_000,
            "exp": 1_790_000_600,
        }
        assert {"jti", "auth_time", "connected_device"} < set(claims)

    @pytest.mark.parametrize(
        ("scope", "audience"),
        [("board:read", [f"{ISSUER}/board"]), ("openid email", [ISSUER]), ("profile", [ISSUER])],
    )
    async def test_audience_is_no_wider_than_the_scope(
        self, server: ServerUnderTest, scope: str, audience: list[str]
    ) -> None:
        tokens = await server.connect(scope=scope)
        assert (await decoded(server, tokens["access_token"])).claims["aud"] == audience


class TestIdToken:
    async def test_id_token_is_for_the_client_and_has_the_at_hash(self, server: ServerUnderTest) -> None:
        tokens = await server.connect(scope="openid")
        claims = (await decoded(server, tokens["id_token"])).claims
        half = sha256(tokens["access_token"].encode()).digest()[:16]
        assert (claims["iss"], claims["sub"], claims["aud"]) == (ISSUER, "u-alice", "lobby-tv")
        assert claims["at_hash"] == urlsafe_b64encode(half).decode().rstrip("=")
        assert claims["auth_time"] == 1_790_000_000

    async def test_no_id_token_without_openid(self, server: ServerUnderTest) -> None:
        assert "id_token" not in await server.connect(scope="board:read")

    async def test_id_token_is_not_an_access_token(self, server: ServerUnderTest) -> None:
        tokens = await server.connect()
        assert (await server.userinfo(tokens["id_token"])).status_code == 401


class TestUserinfo:
    async def test_userinfo_has_the_claims_of_the_scope(self, server: ServerUnderTest) -> None:
        tokens = await server.connect()
        assert (await server.userinfo(tokens["access_token"])).json() == {
            "sub": "u-alice",
            "name": "Alice Liddell",
            "preferred_username": "alice",
            "email": "alice@example.org",
            "email_verified": False,
        }
        narrow = await server.connect(scope="openid")
        assert (await server.userinfo(narrow["access_token"])).json() == {"sub": "u-alice"}

    async def test_userinfo_accepts_post(self, server: ServerUnderTest) -> None:
        tokens = await server.connect()
        response = await server.http.post(
            "/userinfo", headers={"authorization": f"bearer {tokens['access_token']}"}
        )
        assert response.status_code == 200
        assert response.headers["cache-control"] == "no-store"

    async def test_token_for_the_board_alone_is_not_for_userinfo(self, server: ServerUnderTest) -> None:
        tokens = await server.connect(scope="board:read")
        assert (await server.userinfo(tokens["access_token"])).json()["error"] == "invalid_token"

    async def test_userinfo_without_openid_is_insufficient_scope(self, server: ServerUnderTest) -> None:
        tokens = await server.connect(scope="profile")
        response = await server.userinfo(tokens["access_token"])
        assert (response.status_code, response.json()["error"]) == (403, "insufficient_scope")

    async def test_expired_token_is_invalid(self, server: ServerUnderTest) -> None:
        tokens = await server.connect()
        server.clock.advance(600)
        response = await server.userinfo(tokens["access_token"])
        assert (response.status_code, response.json()["error"]) == (401, "invalid_token")
        assert 'error="invalid_token"' in response.headers["www-authenticate"]

    @pytest.mark.parametrize("token", ["x", "a.b.c", "eyJhbGciOiJub25lIiwidHlwIjoiYXQrand0In0.e30.", "\x7f"])
    async def test_forged_token_is_invalid(self, server: ServerUnderTest, token: str) -> None:
        assert (await server.userinfo(token)).status_code == 401

    async def test_tampered_token_is_invalid(self, server: ServerUnderTest) -> None:
        head, body, signature = (await server.connect())["access_token"].split(".")
        assert (await server.userinfo(f"{head}.{body}.{signature[:-4]}AAAA")).status_code == 401

    async def test_challenge_without_a_token_has_no_error(self, server: ServerUnderTest) -> None:
        response = await server.http.get("/userinfo")
        assert (response.status_code, response.headers["www-authenticate"]) == (
            401,
            'Bearer realm="pairgrant"',
        )

    async def test_token_in_the_query_is_ignored(self, server: ServerUnderTest) -> None:
        tokens = await server.connect()
        assert (await server.http.get(f"/userinfo?access_token={tokens['access_token']}")).status_code == 401

    async def test_token_of_a_revoked_device_is_invalid_at_once(self, server: ServerUnderTest) -> None:
        tokens = await server.connect()
        (device,) = await server.parts.devices.of_user("u-alice")
        await server.parts.devices.revoke(device.device_id, EndedBy.USER)
        assert (await server.userinfo(tokens["access_token"])).status_code == 401
