"""Redirects go to registered URIs only: RFC 6749 §3.1.2.3, RFC 8252 §7.3 and §8.6, RFC 9700 §2.1."""

import pytest

from pairgrant_server.authorization_server.clients.redirect_uris import is_registered
from pairgrant_server.authorization_server.code_flow.redirection import (
    form_action,
    is_of_native_app,
    with_parameters,
)

REGISTERED = (
    "https://app.example/back",
    "https://app.example/back?tenant=7",
    "http://127.0.0.1/callback",
    "http://[::1]:8080/callback",
    "com.example.app:/back",
)


@pytest.mark.parametrize(
    "uri",
    [
        *REGISTERED,
        "http://127.0.0.1:49152/callback",
        "http://127.0.0.1:1/callback",
        "http://[::1]/callback",
        "http://[::1]:65535/callback",
    ],
)
def test_registered_uri_matches_and_on_loopback_any_port_does(uri: str) -> None:
    assert is_registered(uri, REGISTERED)


@pytest.mark.parametrize(
    "uri",
    [
        "",
        "https://app.example/back/",
        "https://app.example/Back",
        "https://APP.example/back",
        "https://app.example:443/back",
        "https://app.example/back?tenant=8",
        "https://app.example/back?tenant=7&more=1",
        "https://app.example/back#fragment",
        "https://app.example/back/../other",
        "https://app.example/%62ack",
        "https://app.example.evil.example/back",
        "https://user@app.example/back",
        "http://app.example/back",
        "https://app.example/bac",
        "//app.example/back",
        "https://127.0.0.1/callback",
        "http://127.0.0.1:49152/callback/",
        "http://127.0.0.1:49152/callback?x=1",
        "http://127.0.0.1:49152/callback#x",
        "http://127.0.0.2/callback",
        "http://localhost/callback",
        "http://evil@127.0.0.1/callback",
        "http://127.0.0.1@evil.example/callback",
        "http://127.0.0.1.evil.example/callback",
        "http://127.0.0.1:80@evil.example/callback",
        "http://127.0.0.1:99999/callback",
        "http://127.0.0.1:0/callback",
        "http://127.0.0.1:x/callback",
        "http://[::1/callback",
        "com.example.app://back",
        "com.example.app2:/back",
        "javascript:alert(1)",
    ],
)
def test_other_uri_does_not_match(uri: str) -> None:
    assert not is_registered(uri, REGISTERED)


@pytest.mark.parametrize(
    ("uri", "native"),
    [
        ("https://app.example/back", False),
        ("http://127.0.0.1/callback", True),
        ("http://localhost/callback", True),
        ("com.example.app:/back", True),
    ],
)
def test_native_app_is_recognised_by_its_redirect_uri(uri: str, *, native: bool) -> None:
    assert is_of_native_app(uri) is native


@pytest.mark.parametrize(
    ("uri", "source"),
    [
        ("https://app.example/back?x=1", "https:"),
        ("http://127.0.0.1:4242/callback", "http:"),
        ("http://[::1]:4242/callback", "http:"),
        ("com.example.app:/back", "com.example.app:"),
    ],
)
def test_form_action_allows_the_scheme_of_the_redirect_uri(uri: str, source: str) -> None:
    assert form_action(uri) == source


def test_existing_query_parameters_are_kept() -> None:
    uri = with_parameters("https://app.example/back?tenant=7", {"code": "a b", "state": "ä&="})
    assert uri == "https://app.example/back?tenant=7&code=a+b&state=%C3%A4%26%3D"
