"""RFC 8628 §3.1 and §3.2: what a device may ask, and what it is given."""

import re

import pytest

from pairgrant_protocol.user_code import normalize
from pairgrant_server.authorization_server.limits.code_length import SHORT_TERM
from pairgrant_server.authorization_server.model.client_policy import ClientPolicy
from pairgrant_server.authorization_server.model.settings import ServerSettings
from tests.authorization_server.server_under_test import ServerUnderTest


class TestResponse:
    async def test_response_has_every_member_and_an_integer_interval(self, server: ServerUnderTest) -> None:
        codes = await server.start()
        code = normalize(codes["user_code"])
        assert codes == {
            "device_code": codes["device_code"],
            "user_code": f"{code[:4]}-{code[4:]}",
            "verification_uri": "http://pair.example:8628/device",
            "verification_uri_complete": f"http://pair.example:8628/D/{code}",
            "expires_in": 600,
            "interval": 5,
        }
        assert re.fullmatch(r"[A-Za-z0-9_-]{64}", codes["device_code"])
        assert isinstance(codes["interval"], int)

    async def test_response_is_json_that_is_not_cached(self, server: ServerUnderTest) -> None:
        response = await server.post("/device_authorization", {"client_id": "lobby-tv"})
        assert response.headers["content-type"] == "application/json"
        assert response.headers["cache-control"] == "no-store"

    async def test_no_two_responses_share_a_code(self, server: ServerUnderTest) -> None:
        responses = [await server.start() for _ in range(20)]
        assert len({codes["device_code"] for codes in responses}) == 20
        assert len({codes["user_code"] for codes in responses}) == 20

    async def test_uris_come_from_the_issuer_not_from_the_host_header(self, server: ServerUnderTest) -> None:
        response = await server.post(
            "/device_authorization", {"client_id": "lobby-tv"}, headers={"host": "evil.example"}
        )
        assert response.json()["verification_uri"] == "http://pair.example:8628/device"

    async def test_name_and_address_of_the_device_are_kept_for_the_consent_page(
        self, server: ServerUnderTest
    ) -> None:
        codes = await server.start(device_name="  Lobby \n  <b>screen</b> ", scope="board:read openid")
        grant = await server.grant(codes)
        assert (grant.device_name, grant.scope, grant.address) == (
            "Lobby <b>screen</b>",
            ("board:read", "openid"),
            "192.0.2.7",
        )


class TestRequest:
    async def test_empty_parameter_is_omitted_and_an_unknown_one_ignored(
        self, server: ServerUnderTest
    ) -> None:
        codes = await server.start(scope="", client_secret="", grant_type="x", client_info="1", nonsense="1")
        grant = await server.grant(codes)
        assert "board:read" in grant.scope

    @pytest.mark.parametrize(
        "body",
        [
            b"client_id=lobby-tv&client_id=lobby-tv",
            b"client_id=lobby-tv&scope=openid&scope=",
            b"client_id=lobby-tv&scope=%ff",
            b"client_id=lobby-tv&scope=%zz",
            b"client_id=lobby-tv&scope=%00",
            b"client_id=lobby-tv&scope=a\x00b",
            b"\xff\xfe",
            b"{}",
            b"",
        ],
    )
    async def test_malformed_body_is_an_invalid_request(self, server: ServerUnderTest, body: bytes) -> None:
        response = await server.http.post(
            "/device_authorization",
            content=body,
            headers={"content-type": "application/x-www-form-urlencoded"},
        )
        assert (response.status_code, response.json()["error"]) == (400, "invalid_request")

    @pytest.mark.parametrize(
        "content_type", ["application/json", "multipart/form-data; boundary=x", "text/plain", ""]
    )
    async def test_other_content_type_is_an_invalid_request(
        self, server: ServerUnderTest, content_type: str
    ) -> None:
        response = await server.http.post(
            "/device_authorization", content=b"client_id=lobby-tv", headers={"content-type": content_type}
        )
        assert (response.status_code, response.json()["error"]) == (400, "invalid_request")

    async def test_charset_raw_spaces_and_colons_are_accepted(self, server: ServerUnderTest) -> None:
        response = await server.http.post(
            "/device_authorization",
            content=b"client_id=lobby-tv&scope=openid board:read",
            headers={"content-type": "Application/X-WWW-Form-Urlencoded;charset=UTF-8"},
        )
        assert response.status_code == 200

    async def test_parameter_in_the_query_string_is_an_invalid_request(self, server: ServerUnderTest) -> None:
        response = await server.post("/device_authorization?client_id=lobby-tv", {"client_id": "lobby-tv"})
        assert (response.status_code, response.json()["error"]) == (400, "invalid_request")

    async def test_body_over_16_kib_is_refused_unread(self, server: ServerUnderTest) -> None:
        response = await server.post("/device_authorization", {"client_id": "x" * 17_000})
        assert response.status_code == 413

    async def test_other_method_than_post_is_refused(self, server: ServerUnderTest) -> None:
        response = await server.http.get("/device_authorization")
        assert (response.status_code, response.headers["allow"]) == (405, "POST")

    @pytest.mark.parametrize("space", ["\t", "\n", "\r\n", "\x0b", "\u00a0", "\u2003", "\u3000"])
    async def test_only_a_space_separates_scopes(self, server: ServerUnderTest, space: str) -> None:
        form = {"client_id": "lobby-tv", "scope": f"openid{space}profile"}
        response = await server.post("/device_authorization", form)
        assert (response.status_code, response.json()["error"]) == (400, "invalid_scope")

    async def test_scope_that_the_client_may_not_have_is_refused(self, server: ServerUnderTest) -> None:
        response = await server.post(
            "/device_authorization", {"client_id": "lobby-tv", "scope": "openid admin"}
        )
        assert (response.status_code, response.json()["error"]) == (400, "invalid_scope")

    async def test_client_without_the_device_grant_is_refused_with_400(self, server: ServerUnderTest) -> None:
        response = await server.post("/device_authorization", {"client_id": "no-device"})
        assert (response.status_code, response.json()["error"]) == (400, "unauthorized_client")

    async def test_offline_access_is_only_granted_with_a_refresh_token(self, server: ServerUnderTest) -> None:
        from pairgrant_protocol.vocabulary import GrantType  # noqa: PLC0415

        await server.parts.clients.add(
            "once",
            "Once",
            secret=None,
            grant_types=frozenset({GrantType.DEVICE_CODE}),
            scope="openid offline_access",
        )
        codes = await server.start(client_id="once", scope="openid offline_access")
        assert await server.decide(codes)
        tokens = (await server.poll(codes, client_id="once")).json()
        assert tokens["scope"] == "openid"
        assert "refresh_token" not in tokens


class TestRateLimit:
    @pytest.fixture
    def settings(self) -> ServerSettings:
        return ServerSettings("http://pair.example:8628", device_authorizations_per_address=3)

    async def test_one_address_has_a_rate_limit(self, server: ServerUnderTest) -> None:
        for _ in range(3):
            await server.start()
        response = await server.post("/device_authorization", {"client_id": "lobby-tv"})
        assert (response.status_code, response.headers["retry-after"]) == (429, "60")
        server.clock.advance(61)
        await server.start()

    async def test_rate_limit_of_the_network_is_judged_before_the_policy_of_the_client(
        self, server: ServerUnderTest
    ) -> None:
        """The policy costs reads of the database."""
        for _ in range(3):
            await server.start()
        await server.change_client("lobby-tv", policy=ClientPolicy(trusted_networks=("198.51.100.0/24",)))
        server.clock.advance(3)
        response = await server.post("/device_authorization", {"client_id": "lobby-tv"})
        assert response.status_code == 429
        server.clock.advance(61)
        response = await server.post("/device_authorization", {"client_id": "lobby-tv"})
        assert response.json()["error"] == "unauthorized_client"

    async def test_forged_forwarded_header_does_not_avoid_the_rate_limit(
        self, server: ServerUnderTest
    ) -> None:
        for number in range(3):
            await server.post(
                "/device_authorization",
                {"client_id": "lobby-tv"},
                headers={"x-forwarded-for": f"198.51.100.{number}"},
            )
        response = await server.post(
            "/device_authorization", {"client_id": "lobby-tv"}, headers={"x-forwarded-for": "198.51.100.9"}
        )
        assert response.status_code == 429


class TestGuessingBudget:
    async def test_codes_are_longer_while_many_networks_guess(self, server: ServerUnderTest) -> None:
        for _ in range(SHORT_TERM + 1):
            await server.parts.code_attempts.count_wrong()
        assert len(normalize((await server.start())["user_code"])) == 10
        server.clock.advance(1300)
        assert len(normalize((await server.start())["user_code"])) == 8
