"""Authorization requests: RFC 6749 §4.1.1, RFC 7636 §4.4.1, RFC 9126, RFC 8707, OIDC Core §3.1.2."""

import re
from dataclasses import replace
from typing import Any
from urllib.parse import parse_qsl

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pairgrant_protocol.vocabulary import GrantType
from pairgrant_server.authorization_server.code_flow.authorization_request import (
    AuthorizationRequest,
    RefusedRequestError,
    UnusableRequestError,
)
from pairgrant_server.authorization_server.code_flow.authorization_response import refusal_uri
from pairgrant_server.authorization_server.model.client_policy import ClientPolicy
from pairgrant_server.authorization_server.model.records import Client
from pairgrant_server.authorization_server.model.settings import ServerSettings

ISSUER = "https://pair.example"
SETTINGS = ServerSettings(ISSUER)
BACK = "https://app.example/back"
CLIENT = Client(
    "app",
    "An App",
    frozenset({GrantType.AUTHORIZATION_CODE, GrantType.REFRESH_TOKEN}),
    ("openid", "profile", "offline_access"),
    0.0,
    redirect_uris=(BACK,),
)
CHALLENGE = "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM"  # RFC 7636 appendix B
ASKED = {
    "client_id": "app",
    "redirect_uri": BACK,
    "response_type": "code",
    "scope": "openid",
    "code_challenge": CHALLENGE,
    "code_challenge_method": "S256",
}


def parse(
    client: Client = CLIENT, changes: dict[str, str | None] | None = None, *, pushed: bool = False
) -> AuthorizationRequest:
    asked = {name: value for name, value in {**ASKED, **(changes or {})}.items() if value is not None}
    return AuthorizationRequest.parse(asked, client, SETTINGS, pushed=pushed)


def refusal(client: Client = CLIENT, changes: dict[str, str | None] | None = None) -> str:
    with pytest.raises(RefusedRequestError) as raised:
        parse(client, changes)
    return str(raised.value.code)


def test_request_is_stored_completely() -> None:
    asked: dict[str, str | None] = {
        "scope": "openid profile",
        "state": "s",
        "nonce": "n",
        "prompt": "login consent",
        "max_age": "60",
        "login_hint": "alice",
        "resource": f"{ISSUER}/board",
        "dpop_jkt": CHALLENGE,
        "response_mode": "fragment",
    }
    request = parse(changes=asked)
    assert request.scope == ("openid", "profile")
    assert (request.state, request.nonce, request.login_hint, request.max_age) == ("s", "n", "alice", 60)
    assert request.prompt == ("login", "consent")
    assert AuthorizationRequest.from_json(request.to_json()) == request


def test_max_age_of_zero_is_stored() -> None:
    request = parse(changes={"max_age": "0"})
    assert AuthorizationRequest.from_json(request.to_json()).max_age == 0


def test_resource_named_twice_is_stored_once() -> None:
    twice = f"{ISSUER}/board {ISSUER} {ISSUER}/board"
    assert parse(changes={"resource": twice}).resource == f"{ISSUER}/board {ISSUER}"


def test_subject_of_a_hint_is_stored() -> None:
    request = AuthorizationRequest.parse(
        {**ASKED, "id_token_hint": "of alice"}, CLIENT, SETTINGS, pushed=False, subject="u-alice"
    )
    assert AuthorizationRequest.from_json(request.to_json()).subject == "u-alice"


@pytest.mark.parametrize(
    ("changes", "allowed"),
    [
        ({}, True),
        ({"name": "Another name"}, True),
        ({"redirect_uris": ("https://app.example/new",)}, False),
        ({"grant_types": frozenset({GrantType.REFRESH_TOKEN})}, False),
        ({"scope": ("profile",)}, False),
    ],
)
def test_request_is_no_longer_allowed_after_the_client_lost_rights(
    changes: dict[str, Any], *, allowed: bool
) -> None:
    assert parse().is_still_allowed(replace(CLIENT, **changes)) is allowed


def test_request_without_scope_has_the_scope_of_the_client() -> None:
    assert parse(changes={"scope": None}).scope == CLIENT.scope


@pytest.mark.parametrize("redirect_uri", [None, "https://evil.example/back", "https://app.example/back/"])
def test_unregistered_redirect_uri_is_never_redirected_to(redirect_uri: str | None) -> None:
    with pytest.raises(UnusableRequestError):
        parse(changes={"redirect_uri": redirect_uri, "response_type": "token", "state": "s"})


@pytest.mark.parametrize(
    ("changes", "error"),
    [
        ({"response_type": None}, "invalid_request"),
        ({"response_type": "token"}, "unsupported_response_type"),
        ({"response_type": "id_token"}, "unsupported_response_type"),
        ({"response_type": "code id_token"}, "unsupported_response_type"),
        ({"response_mode": "form_post"}, "invalid_request"),
        ({"request": "e30."}, "request_not_supported"),
        ({"request_uri": "https://app.example/request"}, "request_uri_not_supported"),
        ({"registration": "{}"}, "registration_not_supported"),
        ({"id_token_hint": "e30.e30."}, "invalid_request"),
        ({"code_challenge": None}, "invalid_request"),
        ({"code_challenge_method": None}, "invalid_request"),
        ({"code_challenge_method": "plain"}, "invalid_request"),
        ({"code_challenge_method": "s256"}, "invalid_request"),
        ({"code_challenge": CHALLENGE + "="}, "invalid_request"),
        ({"code_challenge": CHALLENGE[:-1]}, "invalid_request"),
        ({"code_challenge": "+" * 43}, "invalid_request"),
        ({"scope": "openid admin"}, "invalid_scope"),
        ({"scope": "openid\tprofile"}, "invalid_scope"),
        ({"resource": "https://other.example"}, "invalid_target"),
        ({"resource": f"{ISSUER}/board https://other.example"}, "invalid_target"),
        ({"resource": f"{ISSUER}/board\t{ISSUER}"}, "invalid_target"),
        ({"prompt": "create"}, "invalid_request"),
        ({"prompt": "login\tconsent"}, "invalid_request"),
        ({"prompt": "none login"}, "invalid_request"),
        ({"max_age": "-1"}, "invalid_request"),
        ({"max_age": "1e3"}, "invalid_request"),
        ({"max_age": "٣"}, "invalid_request"),
        ({"max_age": "9" * 10}, "invalid_request"),
        ({"dpop_jkt": "short"}, "invalid_request"),
        ({"state": "s" * 1025}, "invalid_request"),
        ({"state": "\u20ac" * 342}, "invalid_request"),
        ({"nonce": "n" * 513}, "invalid_request"),
        ({"login_hint": "l" * 2049}, "invalid_request"),
    ],
)
def test_invalid_request_is_reported_to_the_client(changes: dict[str, str | None], error: str) -> None:
    assert refusal(changes=changes) == error


def test_request_keeps_less_than_3_kb_before_anyone_is_signed_in() -> None:
    longest: dict[str, str | None] = {
        "state": "\u20ac" * 341,
        "nonce": "\u20ac" * 170,
        "login_hint": "\u20ac" * 682,
    }
    kept = parse(changes=longest)
    assert kept.login_hint == "\u20ac" * 64
    assert len(kept.to_json().encode()) < 3000


def test_error_response_has_state_and_issuer() -> None:
    with pytest.raises(RefusedRequestError) as raised:
        parse(changes={"response_type": "token", "state": "a&b", "response_mode": "fragment"})
    uri = refusal_uri(raised.value, ISSUER)
    assert uri.startswith(f"{BACK}#error=unsupported_response_type&")
    assert uri.endswith("&state=a%26b&iss=https%3A%2F%2Fpair.example")


NASTY = st.sampled_from(
    [
        "",
        " ",
        "code",
        "none login",
        "\r\n",
        "ä" * 50,
        "S256",
        CHALLENGE,
        BACK,
        BACK + "#x",
        "//evil.example",
        "0",
        "openid",
    ]
) | st.text('aZ9ä\U0001f642\u202e\n\r&=#%+/:. "<', max_size=20)


def check_answer(uri: str, state: str | None) -> None:
    """An error at the registered redirect URI, with the state of the request."""
    assert uri.isascii()
    assert uri.isprintable()
    assert uri.startswith((f"{BACK}?", f"{BACK}#"))
    message = dict(parse_qsl(uri.replace("#", "?").partition("?")[2], keep_blank_values=True))
    assert message.keys() >= {"error", "error_description"}
    assert re.fullmatch(r"[ !#-\[\]-~]+", message["error_description"])
    assert (message.get("state"), message["iss"]) == (state, ISSUER)


@given(
    st.dictionaries(
        st.sampled_from([*ASKED, "state", "prompt", "max_age", "response_mode", "resource"]), NASTY
    )
)
def test_no_request_redirects_to_another_uri(changes: dict[str, str]) -> None:
    """It is a request, an error for the registered redirect URI, or an error for the person only."""
    asked = {name: value for name, value in {**ASKED, **changes}.items() if value}
    try:
        request = AuthorizationRequest.parse(asked, CLIENT, SETTINGS, pushed=False)
    except UnusableRequestError:
        assert asked.get("redirect_uri") != BACK
        return
    except RefusedRequestError as error:
        check_answer(refusal_uri(error, ISSUER), asked.get("state"))
        return
    assert request.redirect_uri == BACK
    assert set(request.scope) <= set(CLIENT.scope)
    assert AuthorizationRequest.from_json(request.to_json()) == request


def test_client_without_the_grant_is_refused() -> None:
    assert refusal(replace(CLIENT, grant_types=frozenset())) == "unauthorized_client"


def test_client_that_must_push_is_refused_by_browser() -> None:
    must_push = replace(CLIENT, policy=ClientPolicy(requires_pushed_requests=True))
    assert refusal(must_push) == "invalid_request"
    assert parse(must_push, pushed=True).client_id == "app"


def test_client_that_can_not_refresh_is_not_granted_offline_access() -> None:
    no_refresh = replace(CLIENT, grant_types=frozenset({GrantType.AUTHORIZATION_CODE}))
    assert parse(no_refresh, {"scope": "openid offline_access"}).scope == ("openid",)
