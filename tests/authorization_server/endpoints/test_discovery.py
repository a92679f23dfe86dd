"""RFC 8414, OpenID Connect Discovery and RFC 8628 §4: what the metadata advertises exists."""

import pytest

from pairgrant_protocol.metadata import OPENID_SUFFIX, RFC8414_SUFFIX, AuthorizationServerMetadata
from pairgrant_protocol.vocabulary import GrantType
from tests.authorization_server.server_under_test import ServerUnderTest

ISSUER = "http://pair.example:8628"


class TestMetadata:
    async def test_both_metadata_documents_are_equal(self, server: ServerUnderTest) -> None:
        documents = [(await server.http.get(path)).json() for path in (RFC8414_SUFFIX, OPENID_SUFFIX)]
        assert documents[0] == documents[1]

    async def test_own_device_can_parse_the_metadata(self, server: ServerUnderTest) -> None:
        document = (await server.http.get(RFC8414_SUFFIX)).json()
        metadata = AuthorizationServerMetadata.parse(document, expected_issuer=ISSUER)
        assert metadata.device_authorization_endpoint == f"{ISSUER}/device_authorization"
        assert metadata.protected_resources == (f"{ISSUER}/board",)

    async def test_metadata_has_what_stock_clients_require(self, server: ServerUnderTest) -> None:
        document = (await server.http.get(OPENID_SUFFIX)).json()
        assert GrantType.DEVICE_CODE in document["grant_types_supported"]
        needed = {
            *("authorization_endpoint", "response_types_supported", "subject_types_supported", "jwks_uri"),
            *("id_token_signing_alg_values_supported", "scopes_supported", "issuer"),
        }
        assert needed <= set(document)

    async def test_metadata_describes_the_code_flow(self, server: ServerUnderTest) -> None:
        document = (await server.http.get(OPENID_SUFFIX)).json()
        expected = {
            "authorization_endpoint": f"{ISSUER}/authorize",
            "pushed_authorization_request_endpoint": f"{ISSUER}/par",
            "require_pushed_authorization_requests": False,
            "end_session_endpoint": f"{ISSUER}/logout",
            "authorization_response_iss_parameter_supported": True,
            "response_types_supported": ["code"],
            "response_modes_supported": ["query", "fragment"],
            "code_challenge_methods_supported": ["S256"],
            "prompt_values_supported": ["none", "login", "consent", "select_account"],
            "request_parameter_supported": False,
            "request_uri_parameter_supported": False,
            "id_token_signing_alg_values_supported": ["ES256", "RS256"],
        }
        assert {name: document[name] for name in expected} == expected

    async def test_every_endpoint_of_the_metadata_responds(self, server: ServerUnderTest) -> None:
        document = (await server.http.get(RFC8414_SUFFIX)).json()
        urls = {name: url for name, url in document.items() if name.endswith(("_endpoint", "_uri"))}
        responses = {name: await server.http.get(url) for name, url in urls.items()}
        assert {response.status_code for response in responses.values()} <= {200, 303, 400, 401, 405}
        assert server.parts.endpoints.paths >= {url.removeprefix(ISSUER) for url in urls.values()}

    async def test_metadata_is_served_while_the_database_is_gone(self, server: ServerUnderTest) -> None:
        await server.store.close()
        response = await server.http.get(RFC8414_SUFFIX)
        assert response.status_code == 200
        assert "board:read" in response.json()["scopes_supported"]

    async def test_metadata_allows_get_and_head_only(self, server: ServerUnderTest) -> None:
        assert (await server.http.head(RFC8414_SUFFIX)).status_code == 200
        response = await server.http.delete(RFC8414_SUFFIX)
        assert (response.status_code, response.headers["allow"]) == (405, "GET, HEAD")


class TestJwks:
    async def test_no_private_member_is_published(self, server: ServerUnderTest) -> None:
        elliptic, rsa = (await server.http.get("/jwks")).json()["keys"]
        assert set(elliptic) == {"kty", "crv", "x", "y", "kid", "use", "alg"}
        assert set(rsa) == {"kty", "n", "e", "kid", "use", "alg"}


class TestAuthorize:
    @pytest.mark.parametrize("query", ["", "?response_type=token", "?redirect_uri=https://evil.example"])
    async def test_unknown_client_is_never_redirected_to_another_site(
        self, server: ServerUnderTest, query: str
    ) -> None:
        response = await server.http.get(f"/authorize{query}")
        assert response.status_code == 303
        assert response.headers["location"] == "/authorize/problem?why=client"


class TestHealth:
    async def test_health_is_ok_while_the_database_responds(self, server: ServerUnderTest) -> None:
        assert (await server.http.get("/healthz")).json() == {"status": "ok"}


async def test_every_endpoint_is_advertised(server: ServerUnderTest) -> None:
    metadata = (await server.http.get(RFC8414_SUFFIX)).json()
    found_otherwise = {
        "/healthz",
        "/.well-known/oauth-authorization-server",
        "/.well-known/openid-configuration",
    }
    advertised = {str(value).removeprefix(ISSUER) for value in metadata.values()}
    assert set(server.parts.endpoints.paths) - found_otherwise - advertised == set(), (
        "add the endpoint to the metadata in endpoints/discovery.py"
    )
