"""Authlib's client on httpx: PKCE, devices, signed authentication, introspection and revocation."""

import warnings
from collections.abc import Callable, Iterator
from ssl import create_default_context
from typing import Any

import pytest
from authlib.oauth2.rfc7523 import PrivateKeyJWT

from tests.interop.person import Person
from tests.interop.provider import Provider

with warnings.catch_warnings():  # it says at import that it will speak httpx2 some day
    warnings.simplefilter("ignore")
    from authlib.integrations.base_client import OAuthError
    from authlib.integrations.httpx_client import OAuth2Client

Metadata = dict[str, Any]
Session = Callable[..., Any]

SCOPE = "openid profile email offline_access board:read"
SECRET = "a secret/with+what needs%escaping"
CALLBACK = "https://app.example/callback"
DEVICE_CODE = "urn:ietf:params:oauth:grant-type:device_code"
VERIFIER = "a-verifier-of-at-least-43-characters-as-rfc-7636-wants"


@pytest.fixture
def session(provider: Provider) -> Iterator[Session]:
    opened: list[Any] = []

    def start(client_id: str, secret: Any = None, method: str = "none", **options: Any) -> Any:
        opened.append(
            OAuth2Client(
                client_id,
                secret,
                token_endpoint_auth_method=method,
                scope=SCOPE,
                verify=create_default_context(cafile=provider.authority),
                trust_env=False,
                **options,
            )
        )
        return opened[-1]

    yield start
    for one in opened:
        one.close()


def check_lived(session: Any, metadata: Metadata) -> None:
    assert session.get(metadata["userinfo_endpoint"]).json()["preferred_username"] == "alice"
    before = session.token["refresh_token"]
    session.refresh_token(metadata["token_endpoint"], before)
    assert session.token["refresh_token"] != before
    told = session.introspect_token(metadata["introspection_endpoint"], session.token["access_token"])
    assert told.json()["active"]
    revoked = session.revoke_token(
        metadata["revocation_endpoint"], session.token["refresh_token"], "refresh_token"
    )
    assert revoked.status_code == 200
    told = session.introspect_token(metadata["introspection_endpoint"], session.token["access_token"])
    assert told.json() == {"active": False}


WAYS = pytest.mark.parametrize(
    ("client_id", "secret", "method"),
    [
        ("app", None, "none"),
        ("web", SECRET, "client_secret_basic"),
        ("web", SECRET, "client_secret_post"),
    ],
)


@WAYS
def test_device_flow_is_completed(
    *,
    session: Session,
    person: Person,
    metadata: Metadata,
    client_id: str,
    secret: str | None,
    method: str,
) -> None:
    device = session(client_id, secret, method)
    asked = device.request(
        "POST",
        metadata["device_authorization_endpoint"],
        data={"scope": SCOPE},
        auth=device.client_auth(method),
        withhold_token=True,
    )
    codes = asked.json()
    poll = {"grant_type": DEVICE_CODE, "device_code": codes["device_code"]}
    with pytest.raises(OAuthError, match="authorization_pending"):
        device.fetch_token(metadata["token_endpoint"], **poll)
    person.visit(codes["verification_uri_complete"])
    device.fetch_token(metadata["token_endpoint"], **poll)
    check_lived(device, metadata)


@WAYS
def test_authorization_code_flow_is_completed(
    *,
    session: Session,
    person: Person,
    metadata: Metadata,
    client_id: str,
    secret: str | None,
    method: str,
) -> None:
    browser = session(client_id, secret, method, redirect_uri=CALLBACK, code_challenge_method="S256")
    url, state = browser.create_authorization_url(
        metadata["authorization_endpoint"], code_verifier=VERIFIER, nonce="n-0S6_WzA2Mj"
    )
    browser.fetch_token(
        metadata["token_endpoint"],
        authorization_response=person.visit(url),
        state=state,
        code_verifier=VERIFIER,
    )
    check_lived(browser, metadata)


class TestMachines:
    def test_client_with_a_secret_completes_the_flow(self, session: Session, metadata: Metadata) -> None:
        robot = session("robot", SECRET, "client_secret_basic")
        token = robot.fetch_token(
            metadata["token_endpoint"], grant_type="client_credentials", scope="board:read"
        )
        assert token["token_type"] == "Bearer"

    def test_client_authenticates_with_private_key_jwt(
        self, session: Session, provider: Provider, metadata: Metadata
    ) -> None:
        """Its assertion says that it lives an hour."""
        robot = session("signer", provider.signing_key, "private_key_jwt")
        robot.register_client_auth_method(
            PrivateKeyJWT(metadata["token_endpoint"], headers={"kid": "signer"}, alg="ES256")
        )
        token = robot.fetch_token(
            metadata["token_endpoint"], grant_type="client_credentials", scope="board:read"
        )
        assert token["scope"] == "board:read"
