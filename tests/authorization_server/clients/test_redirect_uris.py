"""RFC 6749 §3.1.2, RFC 8252 §7, RFC 9700 §2.1: redirect URIs are registered and compared exactly."""

import pytest

from pairgrant_server.authorization_server.clients.redirect_uris import (
    RedirectURIError,
    check_redirect_uri,
    is_registered,
)


@pytest.mark.parametrize(
    "uri",
    [
        "https://app.example/callback",
        "https://app.example:8443/callback?tenant=1",
        "http://127.0.0.1/callback",
        "http://127.0.0.1:49152/callback",
        "http://[::1]/callback",
        "http://localhost:3000/callback",
        "com.example.app:/oauth2redirect",
    ],
)
def test_allowed_redirect_uri_can_be_registered(uri: str) -> None:
    check_redirect_uri(uri)


@pytest.mark.parametrize(
    ("uri", "message"),
    [
        ("http://app.example/callback", "use https"),
        ("http://127.0.0.1.evil.example/", "use https"),
        ("https://app.example/#here", "fragment"),
        ("https://app.example/callback#", "fragment"),
        ("https://user@app.example/", "https://app.example/callback"),
        ("http://127.0.0.1@evil.example/", "use https"),
        ("https:///callback", "https://app.example/callback"),
        ("https://app.example/a b", "spaces"),
        ("https://app.example\\@evil.example/", "spaces"),
        ("https://app.example;script-src/", "spaces"),
        ("https://'self'/", "spaces"),
        ("https://*/", "spaces"),
        ("https://app.example:0/", "spaces"),
        ("https://app.example:x/", "spaces"),
        ("https://ünicode.example/", "spaces"),
        ("https://app.example/" + "a" * 3000, "too long"),
        ("javascript:alert(1)", "com.example.app:/callback"),
        ("data:text/html,x", "com.example.app:/callback"),
        ("myapp:/callback", "com.example.app:/callback"),
        ("com.example.app://callback", "one slash"),
        ("com.example.app:callback", "one slash"),
        ("/callback", "com.example.app:/callback"),
        ("", "com.example.app:/callback"),
    ],
)
def test_refused_redirect_uri_error_says_what_to_write(uri: str, message: str) -> None:
    with pytest.raises(RedirectURIError) as refusal:
        check_redirect_uri(uri)
    assert message in str(refusal.value)


@pytest.mark.parametrize(
    ("registered", "asked", "same"),
    [
        ("https://app.example/cb", "https://app.example/cb", True),
        ("https://app.example/cb", "https://app.example/cb/", False),
        ("https://app.example/cb", "https://app.example/cb?x=1", False),
        ("https://app.example/cb", "https://APP.example/cb", False),
        ("https://app.example/cb", "https://app.example:443/cb", False),
        ("http://127.0.0.1/cb", "http://127.0.0.1:51004/cb", True),
        ("http://127.0.0.1:3000/cb", "http://127.0.0.1:51004/cb", True),
        ("http://[::1]/cb", "http://[::1]:51004/cb", True),
        ("http://127.0.0.1/cb", "http://[::1]:51004/cb", False),
        ("http://127.0.0.1/cb", "http://127.0.0.1:51004/other", False),
        ("http://127.0.0.1/cb", "http://127.0.0.1:51004/cb?x=1", False),
        ("http://127.0.0.1/cb", "http://127.0.0.1:51004/cb#x", False),
        ("http://127.0.0.1/cb", "http://x@127.0.0.1:51004/cb", False),
        ("http://127.0.0.1/cb", "http://127.0.0.1:99999/cb", False),
        ("http://127.0.0.1/cb", "http://127.0.0.1:051004/cb", False),
        ("http://127.0.0.1/cb", "HTTP://127.0.0.1/cb", False),
        ("http://127.0.0.1/cb", "https://127.0.0.1/cb", False),
        ("http://localhost/cb", "http://localhost:51004/cb", False),
        ("http://localhost:3000/cb", "http://localhost:3000/cb", True),
        ("com.example.app:/cb", "com.example.app:/cb", True),
        ("com.example.app:/cb", "com.example.app:/cb2", False),
    ],
)
def test_redirect_uri_is_compared_exactly(registered: str, asked: str, same: bool) -> None:  # noqa: FBT001
    assert is_registered(asked, (registered,)) is same
