"""requests-oauthlib and oauthlib: PKCE, the device flow, and their check that the scope is unchanged."""

from collections.abc import Callable, Iterator
from typing import Any

import pytest
from oauthlib.oauth2 import AccessDeniedError, BackendApplicationClient, DeviceClient, InvalidGrantError
from oauthlib.oauth2.rfc6749.errors import CustomOAuth2Error
from requests_oauthlib import OAuth2Session

from tests.interop.person import Person
from tests.interop.provider import Provider

Metadata = dict[str, Any]
Session = Callable[..., OAuth2Session]

SCOPE = ["openid", "profile", "email", "offline_access", "board:read"]
SECRET = "a secret/with+what needs%escaping"
CALLBACK = "https://app.example/callback"


@pytest.fixture
def session(provider: Provider) -> Iterator[Session]:
    opened: list[OAuth2Session] = []

    def start(client_id: str, **options: Any) -> OAuth2Session:
        session = OAuth2Session(client_id, **options)
        session.verify = str(provider.authority)
        session.trust_env = False
        opened.append(session)
        return session

    yield start
    for one in opened:
        one.close()


def check_lived(session: OAuth2Session, metadata: Metadata, **credentials: Any) -> None:
    """Userinfo, a refresh and a revocation, each as the library sends it."""
    assert session.get(metadata["userinfo_endpoint"]).json()["preferred_username"] == "alice"
    before = session.token["refresh_token"]
    session.refresh_token(metadata["token_endpoint"], **credentials)
    assert session.token["refresh_token"] != before
    assert session.get(metadata["userinfo_endpoint"]).ok
    url, headers, body = session._client.prepare_token_revocation_request(
        metadata["revocation_endpoint"], session.token["refresh_token"], "refresh_token"
    )
    auth = credentials.get("auth")
    form = body if auth else f"{body}&client_id={session.client_id}"
    assert session.request("POST", url, data=form, headers=headers, auth=auth, withhold_token=True).ok
    assert session.get(metadata["userinfo_endpoint"]).status_code == 401
    with pytest.raises(InvalidGrantError):
        session.refresh_token(metadata["token_endpoint"], **credentials)


class TestDevice:
    def test_public_client_completes_the_flow(
        self, session: Session, person: Person, metadata: Metadata
    ) -> None:
        device = session("app", client=DeviceClient("app", scope=SCOPE), scope=SCOPE)
        codes = _asked(device, metadata)
        with pytest.raises(CustomOAuth2Error, match="authorization_pending"):
            _polled(device, metadata, codes)
        person.visit(codes["verification_uri_complete"])
        _polled(device, metadata, codes)
        check_lived(device, metadata, client_id="app")

    def test_denial_is_reported_as_access_denied(
        self, session: Session, person: Person, metadata: Metadata
    ) -> None:
        device = session("app", client=DeviceClient("app", scope=SCOPE), scope=SCOPE)
        codes = _asked(device, metadata)
        person.visit(codes["verification_uri_complete"], "deny")
        for _ in range(2):
            with pytest.raises(AccessDeniedError):
                _polled(device, metadata, codes)


def _asked(session: OAuth2Session, metadata: Metadata) -> dict[str, Any]:
    """oauthlib builds a URI; its parameters, with ``grant_type`` and ``state``, belong in the body."""
    endpoint = metadata["device_authorization_endpoint"]
    uri, headers, _ = session._client.prepare_authorization_request(endpoint)
    form = uri.partition("?")[2]
    response = session.request("POST", endpoint, data=form, headers=headers, withhold_token=True)
    assert response.ok, (form, response.text)
    codes: dict[str, Any] = response.json()
    return codes


def _polled(session: OAuth2Session, metadata: Metadata, codes: dict[str, Any]) -> None:
    session.fetch_token(metadata["token_endpoint"], device_code=codes["device_code"], include_client_id=True)


class TestAuthorizationCode:
    def test_public_client_completes_the_flow(
        self, session: Session, person: Person, metadata: Metadata
    ) -> None:
        browser = session("app", scope=SCOPE, redirect_uri=CALLBACK, pkce="S256")
        url, _ = browser.authorization_url(metadata["authorization_endpoint"])
        browser.fetch_token(
            metadata["token_endpoint"],
            authorization_response=person.visit(url),
            include_client_id=True,
        )
        assert set(browser.token["scope"]) == set(SCOPE)
        check_lived(browser, metadata, client_id="app")

    def test_client_with_a_secret_completes_the_flow(
        self, session: Session, person: Person, metadata: Metadata
    ) -> None:
        """In a Basic header, which requests does not encode first."""
        web = session("web", scope=SCOPE, redirect_uri=CALLBACK, pkce="S256")
        url, _ = web.authorization_url(metadata["authorization_endpoint"])
        web.fetch_token(
            metadata["token_endpoint"], authorization_response=person.visit(url), client_secret=SECRET
        )
        check_lived(web, metadata, auth=("web", SECRET))

    def test_denial_is_reported_as_access_denied(
        self, session: Session, person: Person, metadata: Metadata
    ) -> None:
        browser = session("app", scope=SCOPE, redirect_uri=CALLBACK, pkce="S256")
        url, _ = browser.authorization_url(metadata["authorization_endpoint"], prompt="consent")
        with pytest.raises(AccessDeniedError):
            browser.fetch_token(metadata["token_endpoint"], authorization_response=person.visit(url, "deny"))


def test_client_credentials_are_exchanged_for_a_token(session: Session, metadata: Metadata) -> None:
    robot = session("robot", client=BackendApplicationClient("robot"), scope=["board:read"])
    token = robot.fetch_token(metadata["token_endpoint"], client_secret=SECRET)
    assert (token["token_type"], token["scope"]) == ("Bearer", ["board:read"])
