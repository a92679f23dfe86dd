"""openid-client for JavaScript: discovery, and every flow that it has and this server offers."""

from collections.abc import Callable
from typing import Any

import pytest

from tests.interop.node import Node
from tests.interop.provider import Provider

Flow = Callable[..., dict[str, Any]]

SCOPE = "openid profile email offline_access board:read"
ALICE = {
    "name": "Alice Liddell",
    "preferred_username": "alice",
    "email": "alice@example.org",
    "email_verified": False,
}
CALLBACK = "https://app.example/callback"
SECRET = "a secret/with+what needs%escaping"


@pytest.fixture(scope="module")
def client(node: Callable[[str], Node]) -> Node:
    return node("openid_client.mjs")


@pytest.fixture
def flow(client: Node) -> Flow:
    def run(name: str, client_id: str = "app", **options: Any) -> dict[str, Any]:
        who = {"id": client_id, **options.pop("client", {})}
        asked = {"client": who, "scope": SCOPE, "redirect_uri": CALLBACK, **options}
        ended: dict[str, Any] = client.run(name, **asked)
        return ended

    return run


def check_lived(ended: dict[str, Any], token_type: str = "bearer") -> None:
    assert {name: ended["who"][name] for name in ALICE} == ALICE
    assert (ended["scope"], ended["next_scope"]) == (SCOPE, SCOPE)
    assert ended["token_type"] == token_type  # the library lower-cases it
    assert ended["refused"] == "invalid_grant"


class TestDevice:
    def test_public_client_completes_the_flow(self, flow: Flow) -> None:
        check_lived(flow("device"))

    @pytest.mark.parametrize("method", ["client_secret_basic", "client_secret_post"])
    def test_client_with_a_secret_completes_the_flow(self, flow: Flow, method: str) -> None:
        check_lived(flow("device", "web", client={"secret": SECRET, "method": method}))

    def test_tokens_are_bound_to_a_dpop_key(self, flow: Flow) -> None:
        check_lived(flow("device", "bound", dpop=True), "dpop")

    def test_denial_is_reported_as_access_denied(self, flow: Flow) -> None:
        assert flow("denied_device") == {"error": "access_denied"}


class TestAuthorizationCode:
    def test_public_client_completes_the_flow(self, flow: Flow, provider: Provider) -> None:
        ended = flow("code")
        check_lived(ended)
        claims = ended["claims"]
        assert (claims["iss"], claims["aud"]) == (provider.url, "app")
        assert claims["sub"] == ended["who"]["sub"]

    def test_id_token_may_be_signed_with_rs256(self, flow: Flow) -> None:
        check_lived(flow("code", "rs256", client={"algorithm": "RS256"}))

    @pytest.mark.parametrize("method", ["client_secret_basic", "client_secret_post"])
    def test_client_with_a_secret_completes_the_flow(self, flow: Flow, method: str) -> None:
        check_lived(flow("code", "web", client={"secret": SECRET, "method": method}))

    def test_pushed_authorization_request_is_accepted(self, flow: Flow) -> None:
        check_lived(flow("code", "pushing", client={"secret": SECRET}, pushed=True))

    @pytest.mark.parametrize("pushed", [False, True])
    def test_tokens_are_bound_to_a_dpop_key(self, *, flow: Flow, pushed: bool) -> None:
        check_lived(flow("code", "bound", dpop=True, pushed=pushed), "dpop")

    def test_max_age_requires_a_fresh_sign_in(self, flow: Flow) -> None:
        check_lived(flow("code", extra={"prompt": "login", "max_age": "60"}))

    def test_denial_is_reported_as_access_denied(self, flow: Flow) -> None:
        assert flow("denied_code") == {"error": "access_denied"}

    def test_client_signs_the_person_out(self, flow: Flow) -> None:
        assert flow("logout") == {"location": "https://app.example/?state=kept"}


class TestMachines:
    def test_client_credentials_token_is_introspected_and_revoked(self, flow: Flow) -> None:
        ended = flow("client_credentials", "robot", client={"secret": SECRET}, scope="board:read")
        assert (ended["told"]["active"], ended["told"]["client_id"]) == (True, "robot")
        assert ended["after"] == {"active": False}

    def test_client_authenticates_with_private_key_jwt(self, flow: Flow, provider: Provider) -> None:
        key = {"jwk": provider.signing_key.as_dict(private=True)}
        ended = flow("client_credentials", "signer", client=key, scope="board:read", dpop=True)
        assert ended["told"]["active"]
        assert ended["token_type"] == "dpop"

    def test_assertion_of_a_trusted_issuer_is_exchanged_for_a_token(
        self, flow: Flow, provider: Provider
    ) -> None:
        ended = flow(
            "jwt_bearer",
            "signer",
            client={"jwk": provider.signing_key.as_dict(private=True)},
            asserter=provider.asserting_key.as_dict(private=True),
            asserter_name="https://idp.example",
        )
        assert ended["who"]["preferred_username"] == "alice"

    def test_client_registers_itself(self, flow: Flow, provider: Provider) -> None:
        token = provider.command(
            *("registration-token", "add", "tests", "--grant", "authorization_code"),
            *("--grant", "refresh_token", "--scope", SCOPE),
        ).split()[-1]
        metadata = {
            "client_name": "Registered by itself",
            "redirect_uris": [CALLBACK],
            "grant_types": ["authorization_code", "refresh_token"],
            "token_endpoint_auth_method": "client_secret_basic",
            "scope": SCOPE,
        }
        ended = flow("register", token=token, metadata=metadata)
        check_lived(ended)
        assert ended["client"]["client_name"] == "Registered by itself"
