"""RFC 6749 §2.3 as real clients use it: each form was recorded from a stock client."""

from base64 import b64encode
from urllib.parse import quote_plus

import httpx
import pytest

from pairgrant_protocol.vocabulary import GrantType
from pairgrant_server.authorization_server.clients.private_key_jwt import ASSERTION_TYPE
from tests.authorization_server.server_under_test import ServerUnderTest

SECRET = "s3cret with / and + and %"


def basic(client_id: str, secret: str) -> dict[str, str]:
    return {"authorization": "Basic " + b64encode(f"{client_id}:{secret}".encode()).decode()}


async def ask(
    server: ServerUnderTest, form: dict[str, str], headers: dict[str, str] | None = None
) -> httpx.Response:
    response: httpx.Response = await server.post("/device_authorization", form, headers=headers or {})
    return response


class TestPublicClients:
    async def test_public_client_needs_only_its_client_id(self, server: ServerUnderTest) -> None:
        assert (await ask(server, {"client_id": "lobby-tv"})).status_code == 200

    async def test_public_client_may_send_basic_with_an_empty_password(self, server: ServerUnderTest) -> None:
        """oidc-agent, always; golang.org/x/oauth2, first."""
        assert (await ask(server, {"scope": "openid"}, basic("lobby-tv", ""))).status_code == 200

    @pytest.mark.parametrize("path", ["/device_authorization", "/token", "/revoke"])
    async def test_basic_with_an_empty_password_is_accepted_at_every_endpoint(
        self, server: ServerUnderTest, path: str
    ) -> None:
        tokens = await server.connect()
        form = {"grant_type": "refresh_token", "refresh_token": tokens["refresh_token"]}
        forms = {"/device_authorization": {"scope": "openid"}, "/token": form, "/revoke": {"token": "x"}}
        assert (await server.post(path, forms[path], headers=basic("lobby-tv", ""))).status_code == 200

    async def test_empty_client_secret_counts_as_omitted(self, server: ServerUnderTest) -> None:
        assert (await ask(server, {"client_id": "lobby-tv", "client_secret": ""})).status_code == 200

    async def test_public_client_with_a_secret_is_refused(self, server: ServerUnderTest) -> None:
        response = await ask(server, {"client_id": "lobby-tv", "client_secret": "guess"})
        assert (response.status_code, response.json()["error"]) == (401, "invalid_client")


class TestPollsOfKnownClients:
    """The token endpoint authenticates a public client that was read before without reading it again."""

    @pytest.fixture
    async def poll(self, server: ServerUnderTest) -> dict[str, str]:
        """A poll that is in order; the server has read its client."""
        codes = (await ask(server, {"client_id": "lobby-tv"})).json()
        form = {"grant_type": GrantType.DEVICE_CODE, "device_code": codes["device_code"]}
        form |= {"client_id": "lobby-tv"}
        response = await server.post("/token", form)
        assert (response.status_code, response.json()["error"]) == (400, "authorization_pending")
        return form

    @pytest.mark.parametrize(
        ("sent", "error"),
        [
            ({"client_secret": "guess"}, "invalid_client"),
            ({"client_assertion": "guess"}, "invalid_request"),
            ({"client_assertion": "guess", "client_assertion_type": ASSERTION_TYPE}, "invalid_client"),
        ],
    )
    async def test_known_public_client_that_authenticates_otherwise_is_refused(
        self, server: ServerUnderTest, poll: dict[str, str], sent: dict[str, str], error: str
    ) -> None:
        assert (await server.post("/token", poll | sent)).json()["error"] == error

    async def test_known_public_client_with_a_wrong_authorization_header_is_refused(
        self, server: ServerUnderTest, poll: dict[str, str]
    ) -> None:
        wrong = [basic("lobby-tv", "guess"), basic("signage", SECRET), {"authorization": "Bearer x"}]
        errors = [(await server.post("/token", poll, headers=one)).json()["error"] for one in wrong]
        assert errors == ["invalid_client", "invalid_request", "invalid_client"]

    async def test_known_confidential_client_without_its_secret_is_refused(
        self, server: ServerUnderTest, poll: dict[str, str]
    ) -> None:
        assert (await ask(server, {"client_id": "signage", "client_secret": SECRET})).status_code == 200
        response = await server.post("/token", poll | {"client_id": "signage"})
        assert (response.status_code, response.json()["error"]) == (401, "invalid_client")


class TestConfidentialClients:
    async def test_secret_is_accepted_in_the_body(self, server: ServerUnderTest) -> None:
        assert (await ask(server, {"client_id": "signage", "client_secret": SECRET})).status_code == 200

    async def test_form_encoded_secret_is_accepted_in_a_basic_header(self, server: ServerUnderTest) -> None:
        assert (
            await ask(server, {"scope": "board:read"}, basic("signage", quote_plus(SECRET)))
        ).status_code == 200

    async def test_raw_secret_is_accepted_in_a_basic_header(self, server: ServerUnderTest) -> None:
        assert (await ask(server, {"client_id": "signage"}, basic("signage", SECRET))).status_code == 200

    async def test_confidential_client_without_credentials_is_refused(self, server: ServerUnderTest) -> None:
        response = await ask(server, {"client_id": "signage"})
        assert (response.status_code, response.json()["error"]) == (401, "invalid_client")

    @pytest.mark.parametrize("secret", ["", "wrong", SECRET + "x", SECRET[:-1]])
    async def test_wrong_secret_is_refused_with_a_challenge(
        self, server: ServerUnderTest, secret: str
    ) -> None:
        response = await ask(server, {"scope": "board:read"}, basic("signage", secret))
        assert (response.status_code, response.json()["error"]) == (401, "invalid_client")
        assert response.headers["www-authenticate"].startswith("Basic ")


class TestRefusals:
    async def test_unknown_client_gets_the_response_of_a_wrong_secret(self, server: ServerUnderTest) -> None:
        unknown = await ask(server, {"client_id": "nobody", "client_secret": "x"})
        wrong = await ask(server, {"client_id": "signage", "client_secret": "x"})
        assert (unknown.status_code, unknown.content) == (wrong.status_code, wrong.content)

    async def test_request_without_a_client_is_an_invalid_request(self, server: ServerUnderTest) -> None:
        response = await ask(server, {"scope": "openid"})
        assert (response.status_code, response.json()["error"]) == (400, "invalid_request")

    async def test_two_different_client_ids_are_an_invalid_request(self, server: ServerUnderTest) -> None:
        response = await ask(server, {"client_id": "lobby-tv"}, basic("signage", SECRET))
        assert (response.status_code, response.json()["error"]) == (400, "invalid_request")

    async def test_two_authentication_methods_at_once_are_an_invalid_request(
        self, server: ServerUnderTest
    ) -> None:
        response = await ask(server, {"client_secret": SECRET}, basic("signage", SECRET))
        assert (response.status_code, response.json()["error"]) == (400, "invalid_request")

    @pytest.mark.parametrize(
        "authorization",
        ["Bearer x", "Basic", "Basic !!!", "Basic " + b64encode(b"\xff\xff:x").decode(), "Basic eA=="],
    )
    async def test_authorization_header_other_than_basic_is_an_invalid_client(
        self, server: ServerUnderTest, authorization: str
    ) -> None:
        response = await ask(server, {"client_id": "lobby-tv"}, {"authorization": authorization})
        assert (response.status_code, response.json()["error"]) == (401, "invalid_client")

    async def test_two_authorization_headers_are_an_invalid_request(self, server: ServerUnderTest) -> None:
        twice = [("authorization", basic("lobby-tv", "")["authorization"])] * 2
        response = await server.http.post("/device_authorization", data={"scope": "openid"}, headers=twice)
        assert (response.status_code, response.json()["error"]) == (400, "invalid_request")
