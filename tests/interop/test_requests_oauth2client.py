"""requests_oauth2client, the one Python client with DPoP, PAR, ``iss`` and every grant type."""

from collections.abc import Callable, Iterator
from typing import Any

import pytest
import requests
from requests_oauth2client import (
    AccessDenied,
    AuthorizationPending,
    BearerToken,
    DPoPToken,
    InvalidGrant,
    OAuth2Client,
)

from tests.interop.person import Person
from tests.interop.provider import Provider

Start = Callable[..., OAuth2Client]

SCOPE = "openid profile email offline_access board:read"
SECRET = "a secret/with+what needs%escaping"
CALLBACK = "https://app.example/callback"


@pytest.fixture
def start(provider: Provider) -> Iterator[Start]:
    """A client by discovery."""
    session = requests.Session()
    session.verify = str(provider.authority)
    session.trust_env = False

    def client(client_id: str, **options: Any) -> OAuth2Client:
        return OAuth2Client.from_discovery_endpoint(
            issuer=provider.url,
            client_id=client_id,
            session=session,
            # Not among what it reads from discovery.
            device_authorization_endpoint=f"{provider.url}/device_authorization",
            redirect_uri=CALLBACK,
            id_token_signed_response_alg=options.pop("algorithm", "ES256"),
            **options,
        )

    yield client
    session.close()


def check_lived(client: OAuth2Client, tokens: BearerToken, provider: Provider) -> None:
    assert client.userinfo(tokens)["preferred_username"] == "alice"
    board = client.session.get(f"{provider.url}/board/notices", auth=tokens)
    assert board.status_code == 200, board.text
    refreshed = client.refresh_token(tokens)
    assert refreshed.refresh_token != tokens.refresh_token
    assert client.introspect_token(refreshed)["active"]
    assert client.revoke_refresh_token(refreshed)
    assert client.introspect_token(refreshed) == {"active": False}
    with pytest.raises(InvalidGrant):
        client.refresh_token(refreshed)


class TestDevice:
    @pytest.mark.parametrize(("client_id", "secret"), [("app", None), ("web", SECRET)])
    def test_approved_flow_returns_tokens(
        self, start: Start, person: Person, provider: Provider, client_id: str, secret: str | None
    ) -> None:
        client = start(client_id, client_secret=secret)
        codes = client.authorize_device(scope=SCOPE)
        with pytest.raises(AuthorizationPending):
            client.device_code(codes)
        assert codes.verification_uri_complete is not None
        person.visit(codes.verification_uri_complete)
        check_lived(client, client.device_code(codes), provider)

    def test_denied_flow_is_reported_as_access_denied(self, start: Start, person: Person) -> None:
        client = start("app")
        codes = client.authorize_device(scope=SCOPE)
        assert codes.verification_uri_complete is not None
        person.visit(codes.verification_uri_complete, "deny")
        with pytest.raises(AccessDenied):
            client.device_code(codes)


class TestAuthorizationCode:
    @pytest.mark.parametrize("is_pushed", [False, True])
    @pytest.mark.parametrize("dpop", [False, True])
    def test_approved_flow_returns_tokens(
        self, *, start: Start, person: Person, provider: Provider, dpop: bool, is_pushed: bool
    ) -> None:
        client = start("bound" if dpop else "app", dpop_bound_access_tokens=dpop)
        asked = client.authorization_request(scope=SCOPE)
        url = client.pushed_authorization_request(asked).uri if is_pushed else asked.uri
        response = asked.validate_callback(person.visit(url))
        # Its check of an id_token fails with bound tokens, because it drops the key: see its DPoPToken.
        tokens = client.authorization_code(response, validate=not dpop)
        assert tokens.id_token is not None
        check_lived(client, tokens, provider)

    def test_id_token_may_be_signed_with_rs256(
        self, start: Start, person: Person, provider: Provider
    ) -> None:
        client = start("rs256", algorithm="RS256")
        asked = client.authorization_request(scope=SCOPE)
        response = asked.validate_callback(person.visit(asked.uri))
        check_lived(client, client.authorization_code(response), provider)


class TestMachines:
    def test_client_with_a_secret_completes_the_flow(self, start: Start) -> None:
        client = start("robot", client_secret=SECRET)
        tokens = client.client_credentials(scope="board:read")
        assert client.introspect_token(tokens)["client_id"] == "robot"
        assert client.revoke_token(tokens)
        assert client.introspect_token(tokens) == {"active": False}

    def test_private_key_jwt_client_gets_tokens_bound_to_a_dpop_key(
        self, start: Start, provider: Provider
    ) -> None:
        client = start("signer", private_key={**provider.signing_key.as_dict(private=True), "alg": "ES256"})
        tokens = client.client_credentials(scope="board:read", dpop=True)
        assert client.introspect_token(tokens)["cnf"]
        assert isinstance(tokens, DPoPToken)
