"""RFC 7662: who may introspect a token, and that an ended token is inactive at once."""

from base64 import urlsafe_b64encode

import pytest

from pairgrant_protocol.sign_in_end import EndedBy
from pairgrant_server.authorization_server.model.client_policy import ClientPolicy
from tests.authorization_server.server_under_test import ServerUnderTest

ISSUER = "http://pair.example:8628"
BOARD = ("board:read",)
INACTIVE = {"active": False}
SECRET = "the secret of a machine"


@pytest.fixture
async def board(server: ServerUnderTest) -> dict[str, str]:
    """The credentials of the board's resource server."""
    await server.add_machine("the-board", policy=ClientPolicy(serves=(f"{ISSUER}/board",)))
    return {"client_id": "the-board", "client_secret": SECRET}


class TestAnswer:
    async def test_access_token_is_introspected_with_its_claims(self, server: ServerUnderTest) -> None:
        tokens = await server.connect(scope="openid board:read")
        members = await server.introspect(tokens["access_token"])
        assert len(members.pop("jti")) == 32
        assert members == {
            "active": True,
            "scope": "openid board:read",
            "client_id": "lobby-tv",
            "username": "alice",
            "token_type": "Bearer",
            "exp": 1_790_000_600,
            "iat": 1_790_000_000,
            "sub": "u-alice",
            "aud": [f"{ISSUER}/board", ISSUER],
            "iss": ISSUER,
            "auth_time": 1_790_000_000,
        }

    async def test_refresh_token_is_introspected_by_its_client(self, server: ServerUnderTest) -> None:
        tokens = await server.connect(scope="openid offline_access")
        members = await server.introspect(tokens["refresh_token"])
        assert members == {
            "active": True,
            "scope": "openid offline_access",
            "client_id": "lobby-tv",
            "username": "alice",
            "exp": 1_790_000_000 + 30 * 86_400,
            "sub": "u-alice",
            "iss": ISSUER,
            "auth_time": 1_790_000_000,
        }

    @pytest.mark.parametrize("hint", ["access_token", "refresh_token", "saml2"])
    async def test_wrong_token_type_hint_is_ignored(self, server: ServerUnderTest, hint: str) -> None:
        tokens = await server.connect()
        for kind in ("access_token", "refresh_token"):
            assert (await server.introspect(tokens[kind], token_type_hint=hint))["active"] is True

    async def test_client_token_has_no_username(self, server: ServerUnderTest) -> None:
        await server.add_machine()
        token = (await server.machine_token(scope="board:read")).json()["access_token"]
        members = await server.introspect(token, client_id="robot", client_secret=SECRET)
        assert (members["active"], members["sub"], members["client_id"]) == (True, "robot", "robot")
        assert {"username", "auth_time"}.isdisjoint(members)

    async def test_each_token_is_introspected_with_its_own_claims(self, server: ServerUnderTest) -> None:
        issued = [await server.connect(scope=scope) for scope in ("openid board:read", "board:read")]
        tokens = [tokens["access_token"] for tokens in issued]
        seen = [await server.introspect(token) for token in (*tokens, *tokens)]
        assert [members["scope"] for members in seen] == ["openid board:read", "board:read"] * 2
        assert seen[:2] == seen[2:]

    async def test_introspection_response_is_not_cached(self, server: ServerUnderTest) -> None:
        response = await server.post("/introspect", {"client_id": "lobby-tv", "token": "x"})
        assert response.headers["cache-control"] == "no-store"
        assert response.headers["content-type"] == "application/json"


class TestWhoMayAsk:
    async def test_resource_server_sees_tokens_issued_for_it(
        self, server: ServerUnderTest, board: dict[str, str]
    ) -> None:
        tokens = await server.connect(scope="openid board:read offline_access")
        assert (await server.introspect(tokens["access_token"], **board))["username"] == "alice"
        assert await server.introspect(tokens["refresh_token"], **board) == INACTIVE, (
            "those are for its client alone"
        )

    async def test_resource_server_sees_no_token_issued_for_another(
        self, server: ServerUnderTest, board: dict[str, str]
    ) -> None:
        tokens = await server.connect(scope="openid profile")
        assert await server.introspect(tokens["access_token"], **board) == INACTIVE

    async def test_another_client_sees_the_token_as_inactive(self, server: ServerUnderTest) -> None:
        tokens = await server.connect()
        await server.add_machine()
        for kind in ("access_token", "refresh_token"):
            assert await server.introspect(tokens[kind], client_id="robot", client_secret=SECRET) == INACTIVE
            assert await server.introspect(tokens[kind], client_id="no-device") == INACTIVE

    async def test_public_client_is_never_a_resource_server(self, server: ServerUnderTest) -> None:
        await server.add_machine(
            "anyone", secret_digest=None, policy=ClientPolicy(serves=(f"{ISSUER}/board",))
        )
        tokens = await server.connect(scope="board:read")
        assert await server.introspect(tokens["access_token"], client_id="anyone") == INACTIVE

    async def test_caller_without_credentials_is_challenged(self, server: ServerUnderTest) -> None:
        tokens = await server.connect()
        response = await server.post("/introspect", {"token": tokens["access_token"]})
        assert (response.status_code, response.json()["error"]) == (401, "invalid_client")
        assert response.headers["www-authenticate"] == 'Basic realm="pairgrant", charset="UTF-8"'

    @pytest.mark.parametrize(
        "form", [{"client_secret": "guess"}, {"client_secret": ""}, {"client_id": "nobody"}]
    )
    async def test_wrong_credentials_get_no_introspection(
        self, server: ServerUnderTest, board: dict[str, str], form: dict[str, str]
    ) -> None:
        response = await server.post("/introspect", {**board, "token": "x", **form})
        assert (response.status_code, response.json()["error"]) == (401, "invalid_client")

    async def test_access_token_does_not_authenticate_the_caller(self, server: ServerUnderTest) -> None:
        tokens = await server.connect()
        response = await server.post(
            "/introspect",
            {"token": tokens["access_token"]},
            headers={"authorization": f"Bearer {tokens['access_token']}"},
        )
        assert (response.status_code, response.json()["error"]) == (401, "invalid_client")


class TestRequest:
    async def test_missing_token_is_an_invalid_request(self, server: ServerUnderTest) -> None:
        response = await server.post("/introspect", {"client_id": "lobby-tv"})
        assert (response.status_code, response.json()["error"]) == (400, "invalid_request")

    async def test_token_in_the_query_is_refused(self, server: ServerUnderTest) -> None:
        assert (await server.http.get("/introspect?token=x")).status_code == 405
        response = await server.post("/introspect?token=x", {"client_id": "lobby-tv"})
        assert (response.status_code, response.json()["error"]) == (400, "invalid_request")

    async def test_token_given_twice_is_an_invalid_request(self, server: ServerUnderTest) -> None:
        response = await server.http.post(
            "/introspect",
            content="client_id=lobby-tv&token=a&token=b",
            headers={"content-type": "application/x-www-form-urlencoded"},
        )
        assert (response.status_code, response.json()["error"]) == (400, "invalid_request")


async def come_to_its_end(server: ServerUnderTest, end: str) -> None:
    match end:
        case "revoked":
            (device,) = await server.parts.devices.of_user("u-alice")
            await server.parts.devices.revoke(device.device_id, EndedBy.USER)
        case "person locked":
            await server.store.set_user_locked("u-alice", locked=True)
        case "person removed":
            await server.store.remove_user("u-alice")
        case "client removed":
            await server.store.remove_client("lobby-tv")
        case "expired":
            server.clock.advance(200 * 86_400)


ENDS = ["revoked", "person locked", "person removed", "client removed", "expired"]


class TestInactive:
    @pytest.mark.parametrize("kind", ["access_token", "refresh_token"])
    @pytest.mark.parametrize("end", ENDS)
    async def test_ended_token_is_inactive_at_once(
        self, server: ServerUnderTest, board: dict[str, str], end: str, kind: str
    ) -> None:
        tokens = await server.connect()
        asked = board if kind == "access_token" else {}
        assert (await server.introspect(tokens[kind], **asked))["active"] is True
        await come_to_its_end(server, end)
        if end == "client removed" and kind == "refresh_token":
            return  # no client is left that may introspect
        assert await server.introspect(tokens[kind], **asked) == INACTIVE

    async def test_used_refresh_token_is_inactive_and_introspection_revokes_nothing(
        self, server: ServerUnderTest
    ) -> None:
        first = await server.connect()
        second = (await server.refresh(first["refresh_token"])).json()
        assert await server.introspect(first["refresh_token"]) == INACTIVE
        assert (await server.introspect(second["refresh_token"]))["active"] is True
        assert (await server.refresh(second["refresh_token"])).status_code == 200

    async def test_access_token_is_inactive_from_the_second_it_expires(self, server: ServerUnderTest) -> None:
        tokens = await server.connect()
        server.clock.advance(599.9)
        assert (await server.introspect(tokens["access_token"]))["active"] is True
        server.clock.advance(0.1)
        assert await server.introspect(tokens["access_token"]) == INACTIVE

    @pytest.mark.parametrize("end", ["revoked", "client removed", "expired"])
    async def test_client_token_is_inactive_from_the_second_it_expires(
        self, server: ServerUnderTest, board: dict[str, str], end: str
    ) -> None:
        await server.add_machine()
        token = (await server.machine_token(scope="board:read")).json()["access_token"]
        assert (await server.introspect(token, **board))["active"] is True
        if end == "revoked":
            form = {"client_id": "robot", "client_secret": SECRET, "token": token}
            assert (await server.post("/revoke", form)).status_code == 200
        elif end == "expired":
            server.clock.advance(600)
        else:
            await server.store.remove_client("robot")
        assert await server.introspect(token, **board) == INACTIVE

    @pytest.mark.parametrize(
        "token",
        [
            "x",
            "a.b.c",
            "ä",
            "eyJhbGciOiJub25lIn0.e30.",
            "." * 5000,
            "e30.e30.e30",
            "eyJhbGciOiJkaXIifQ....",
            "A" * 91,
        ],
    )
    async def test_unknown_token_is_inactive(self, server: ServerUnderTest, token: str) -> None:
        assert await server.introspect(token) == INACTIVE

    @pytest.mark.parametrize("part", [0, 1])
    async def test_deeply_nested_token_is_inactive(self, server: ServerUnderTest, part: int) -> None:
        parts = [b'{"alg":"ES256","typ":"at+jwt","kid":"x"}', b"{}", b"x" * 64]
        parts[part] = b'{"a":' + b"[" * 5000 + b"]" * 5000 + b"}"
        token = ".".join(urlsafe_b64encode(raw).decode().rstrip("=") for raw in parts)
        assert await server.introspect(token) == INACTIVE
        assert (await server.userinfo(token)).status_code == 401

    async def test_verified_signature_is_forgotten_with_its_key(self, server: ServerUnderTest) -> None:
        tokens = await server.connect()
        assert (await server.introspect(tokens["access_token"]))["active"] is True
        keys = server.parts.keys
        (signs,) = (key for key in keys.all if key.algorithm == "ES256")
        await keys.add("ES256", at_once=True)
        assert (await server.introspect(tokens["access_token"]))["active"] is True
        await keys.remove(signs.kid)
        assert await server.introspect(tokens["access_token"]) == INACTIVE

    async def test_altered_token_is_inactive(self, server: ServerUnderTest) -> None:
        tokens = await server.connect()
        head, claims, signature = tokens["access_token"].split(".")
        flipped = "A" if signature[5] != "A" else "B"
        altered = f"{head}.{claims}.{signature[:5]}{flipped}{signature[6:]}"
        assert await server.introspect(altered) == INACTIVE

    async def test_id_token_is_inactive(self, server: ServerUnderTest) -> None:
        tokens = await server.connect(scope="openid")
        assert await server.introspect(tokens["id_token"]) == INACTIVE
        assert (await server.userinfo(tokens["id_token"])).status_code == 401
