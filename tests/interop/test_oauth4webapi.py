"""oauth4webapi, for devices, browsers, machines, and for an API that judges our access tokens by itself."""

from collections.abc import Callable
from typing import Any

import pytest

from tests.interop.node import Node
from tests.interop.provider import Provider

Flow = Callable[..., dict[str, Any]]

SCOPE = "openid profile email offline_access board:read"
SECRET = "a secret/with+what needs%escaping"
CALLBACK = "https://app.example/callback"


@pytest.fixture(scope="module")
def client(node: Callable[[str], Node]) -> Node:
    return node("oauth4webapi.mjs")


@pytest.fixture
def flow(client: Node, provider: Provider) -> Flow:
    def run(name: str, client_id: str, **options: Any) -> dict[str, Any]:
        who = {"id": client_id, **options.pop("client", {})}
        asked = {"client": who, "scope": SCOPE, "redirect_uri": CALLBACK, **options}
        ended: dict[str, Any] = client.run(name, **asked)
        return ended

    return run


def check_lived(ended: dict[str, Any], provider: Provider, client_id: str) -> None:
    claims = ended["claims"]
    assert (claims["iss"], claims["client_id"], claims["sub"]) == (
        provider.url,
        client_id,
        ended["who"]["sub"],
    )
    assert f"{provider.url}/board" in claims["aud"]
    assert (ended["told"]["active"], ended["told"]["username"]) == (True, "alice")
    assert ended["after"] == {"active": False}


class TestDevice:
    def test_public_client_completes_the_flow(self, flow: Flow, provider: Provider) -> None:
        ended = flow("device", "app")
        assert (ended["pending"], ended["interval"]) == ("authorization_pending", 1)
        check_lived(ended, provider, "app")

    def test_tokens_are_bound_to_a_dpop_key(self, flow: Flow, provider: Provider) -> None:
        ended = flow("device", "bound", dpop=True)
        check_lived(ended, provider, "bound")
        assert ended["claims"]["cnf"].keys() == {"jkt"}


class TestAuthorizationCode:
    @pytest.mark.parametrize("callback", [CALLBACK, "http://127.0.0.1:49152/callback"])
    def test_public_client_completes_the_flow(self, flow: Flow, provider: Provider, callback: str) -> None:
        check_lived(flow("code", "app", redirect_uri=callback), provider, "app")

    def test_client_that_must_push_its_requests_completes_the_flow(
        self, flow: Flow, provider: Provider
    ) -> None:
        check_lived(flow("code", "pushing", client={"secret": SECRET}, pushed=True), provider, "pushing")

    def test_pushed_request_binds_tokens_to_a_dpop_key(self, flow: Flow, provider: Provider) -> None:
        check_lived(flow("code", "bound", pushed=True, dpop=True), provider, "bound")


class TestMachines:
    @pytest.mark.parametrize("client_id", ["robot", "signer"])
    def test_resource_server_accepts_a_client_credentials_token(
        self, flow: Flow, provider: Provider, client_id: str
    ) -> None:
        shown = {"signer": {"jwk": provider.signing_key.as_dict(private=True)}}
        ended = flow(
            "client_credentials",
            client_id,
            client=shown.get(client_id, {"secret": SECRET}),
            scope="board:read",
        )
        assert (ended["claims"]["client_id"], ended["claims"]["sub"]) == (client_id, client_id)
