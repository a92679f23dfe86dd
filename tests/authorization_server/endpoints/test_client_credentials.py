"""RFC 6749 §4.4: a client asks for itself.

And the grants that are not offered at all (RFC 9700 §2.1.2, §2.4).
"""

from typing import Any

import pytest
from joserfc import jwt
from joserfc.jwk import KeySet

from pairgrant_protocol.vocabulary import GrantType
from pairgrant_server.authorization_server.model.client_policy import ClientPolicy
from tests.authorization_server.server_under_test import ServerUnderTest

ISSUER = "http://pair.example:8628"


def outcome(response: Any) -> tuple[int, str]:
    return response.status_code, response.json().get("error", "")


class TestTokens:
    async def test_token_has_the_client_as_its_subject(self, server: ServerUnderTest) -> None:
        await server.add_machine()
        response = await server.machine_token(scope="board:read")
        members = response.json()
        assert members.keys() == {"access_token", "token_type", "expires_in", "scope"}, (
            "nothing to refresh it with"
        )
        keys = KeySet.import_key_set((await server.http.get("/jwks")).json())
        token = jwt.decode(members["access_token"], keys, algorithms=["ES256"])
        assert token.header["typ"] == "at+jwt"
        assert token.claims["sub"] == token.claims["client_id"] == "robot"
        assert token.claims["aud"] == [f"{ISSUER}/board"]
        assert "auth_time" not in token.claims
        assert "connected_device" not in token.claims
        assert response.headers["cache-control"] == "no-store"

    async def test_request_without_scope_gets_the_scopes_that_need_no_person(
        self, server: ServerUnderTest
    ) -> None:
        await server.add_machine()
        assert (await server.machine_token()).json()["scope"] == "board:read board:write"

    @pytest.mark.parametrize(
        "scope", ["openid", "offline_access", "board:read openid", "profile", "board:admin"]
    )
    async def test_scope_about_a_person_or_of_another_client_is_refused(
        self, server: ServerUnderTest, scope: str
    ) -> None:
        await server.add_machine()
        assert outcome(await server.machine_token(scope=scope)) == (400, "invalid_scope")

    async def test_client_token_has_no_connected_device(self, server: ServerUnderTest) -> None:
        await server.add_machine()
        await server.machine_token()
        assert await server.parts.devices.of_user("robot") == []

    @pytest.mark.parametrize(
        ("resource", "status"),
        [
            (f"{ISSUER}/board", 200),
            ("https://api.example/", 200),
            ("https://other.example/", 400),
            ("x", 400),
        ],
    )
    async def test_resource_the_client_may_not_have_is_refused(
        self, server: ServerUnderTest, resource: str, status: int
    ) -> None:
        """RFC 8707 §2.2."""
        await server.add_machine(policy=ClientPolicy(resources=("https://api.example/",)))
        response = await server.machine_token(resource=resource)
        assert outcome(response) == (status, "" if status == 200 else "invalid_target")

    async def test_lifetime_of_the_client_policy_is_used(self, server: ServerUnderTest) -> None:
        await server.add_machine(policy=ClientPolicy(access_token_lifetime=90))
        assert (await server.machine_token()).json()["expires_in"] == 90


class TestWhoMay:
    async def test_wrong_secret_gets_nothing(self, server: ServerUnderTest) -> None:
        await server.add_machine()
        assert outcome(await server.machine_token(client_secret="guess")) == (401, "invalid_client")

    async def test_client_without_the_grant_is_refused(self, server: ServerUnderTest) -> None:
        form = {"grant_type": "client_credentials", "client_id": "lobby-tv"}
        assert outcome(await server.post("/token", form)) == (400, "unauthorized_client")

    async def test_public_client_is_refused_even_if_registered_for_the_grant(
        self, server: ServerUnderTest
    ) -> None:
        await server.add_machine("nobody", secret_digest=None)
        form = {"grant_type": "client_credentials", "client_id": "nobody"}
        assert outcome(await server.post("/token", form)) == (400, "unauthorized_client")

    async def test_client_id_equal_to_a_user_id_is_refused(self, server: ServerUnderTest) -> None:
        """RFC 9700 §4.15: ``sub`` would name a user."""
        await server.add_machine("u-alice")
        assert outcome(await server.machine_token("u-alice")) == (400, "unauthorized_client")


class TestUserinfo:
    async def test_userinfo_refuses_a_client_token(self, server: ServerUnderTest) -> None:
        await server.add_machine()
        tokens = (await server.machine_token(resource=ISSUER)).json()
        response = await server.userinfo(tokens["access_token"])
        assert outcome(response) == (401, "invalid_token")
        assert "not for a person" in response.headers["www-authenticate"]


class TestGrantsThatAreNotOffered:
    @pytest.mark.parametrize(
        "grant_type", ["password", "implicit", "urn:ietf:params:oauth:grant-type:saml2-bearer"]
    )
    async def test_token_endpoint_does_not_support_obsolete_grants(
        self, server: ServerUnderTest, grant_type: str
    ) -> None:
        await server.add_machine()
        form = {"username": "alice", "password": "correct horse battery", "grant_type": grant_type}
        assert outcome(await server.machine_token(**form)) == (400, "unsupported_grant_type")

    @pytest.mark.parametrize("response_type", ["token", "id_token", "id_token token", "code token", "none"])
    async def test_authorization_endpoint_does_not_support_obsolete_response_types(
        self, server: ServerUnderTest, response_type: str
    ) -> None:
        """Tokens are never part of a URI."""
        back = "https://app.example/callback"
        await server.add_machine(
            "app",
            grant_types=frozenset({GrantType.AUTHORIZATION_CODE}),
            redirect_uris=(back,),
        )
        query = {"response_type": response_type, "client_id": "app", "redirect_uri": back}
        response = await server.http.get("/authorize", params=query)
        uri = response.headers["location"]
        assert uri.startswith(back)
        assert "error=unsupported_response_type" in uri
        assert "access_token" not in uri

    async def test_metadata_lists_no_obsolete_grant(self, server: ServerUnderTest) -> None:
        document = (await server.http.get("/.well-known/oauth-authorization-server")).json()
        assert set(document["grant_types_supported"]) <= set(map(str, GrantType))
        assert {"client_credentials", GrantType.JWT_BEARER} <= set(document["grant_types_supported"])
