"""What a provider says of itself: who it is to the letter, and no address that is worse than its own."""

import json
from typing import Any

import pytest

from pairgrant_server.accounts.upstream.provider_metadata import (
    ProviderMetadata,
    ProviderMetadataError,
    checked_issuer,
    discovery_uri,
)

ISSUER = "https://accounts.example"


def parsed(asked: str = ISSUER, **changes: Any) -> ProviderMetadata:
    members = {
        "issuer": asked,
        "authorization_endpoint": f"{asked}/authorize?tenant=1",
        "token_endpoint": f"{asked}/token",
        "jwks_uri": f"{asked}/jwks",
        **changes,
    }
    known = {name: value for name, value in members.items() if value is not None}
    return ProviderMetadata.parse(json.dumps(known).encode(), expected_issuer=asked)


def test_minimal_metadata_is_accepted() -> None:
    assert parsed() == ProviderMetadata(
        ISSUER, f"{ISSUER}/authorize?tenant=1", f"{ISSUER}/token", f"{ISSUER}/jwks"
    )


def test_issuer_with_trailing_slash_is_accepted() -> None:
    assert parsed(f"{ISSUER}/").issuer == f"{ISSUER}/"
    assert discovery_uri(f"{ISSUER}/") == f"{ISSUER}/.well-known/openid-configuration"
    assert discovery_uri(f"{ISSUER}/a") == f"{ISSUER}/a/.well-known/openid-configuration"


@pytest.mark.parametrize(
    "changes",
    [
        {"issuer": "https://evil.example"},
        {"issuer": f"{ISSUER}/"},
        {"issuer": "https://ACCOUNTS.example"},
        {"issuer": None},
        {"issuer": [ISSUER]},
        {"authorization_endpoint": "http://accounts.example/authorize"},
        {"authorization_endpoint": "javascript:alert(1)"},
        {"authorization_endpoint": "https://me@accounts.example/"},
        {"authorization_endpoint": f"{ISSUER}/authorize#here"},
        {"authorization_endpoint": f"{ISSUER}/a\r\nrefresh: 0"},
        {"token_endpoint": "http://accounts.example/token"},
        {"token_endpoint": "file:///etc/passwd"},
        {"token_endpoint": None},
        {"jwks_uri": "http://accounts.example/jwks"},
        {"jwks_uri": [f"{ISSUER}/jwks"]},
        {"userinfo_endpoint": "ftp://accounts.example"},
        {"code_challenge_methods_supported": ["plain"]},
        {"code_challenge_methods_supported": "S256"},
        {"response_types_supported": ["id_token"]},
    ],
    ids=str,
)
def test_unusable_metadata_is_refused(changes: dict[str, Any]) -> None:
    with pytest.raises(ProviderMetadataError):
        parsed(**changes)


@pytest.mark.parametrize("document", [b"", b"[]", b'{"issuer": 1, "issuer": 2}', b"\xff", b" " * 300_000])
def test_malformed_metadata_document_is_refused(document: bytes) -> None:
    with pytest.raises(ProviderMetadataError, match="unreadable"):
        ProviderMetadata.parse(document, expected_issuer=ISSUER)


@pytest.mark.parametrize(
    ("methods", "in_header"),
    [
        (None, True),
        (["client_secret_basic", "client_secret_post"], True),
        (["client_secret_post"], False),
        (["private_key_jwt"], True),
        ("client_secret_post", True),
    ],
)
def test_client_authentication_method_follows_the_metadata(methods: Any, *, in_header: bool) -> None:
    assert parsed(token_endpoint_auth_methods_supported=methods).takes_secret_in_header is in_header


@pytest.mark.parametrize(("said", "believed"), [(True, True), (None, False), ("true", False)])
def test_iss_support_follows_the_metadata(said: Any, *, believed: bool) -> None:
    assert parsed(authorization_response_iss_parameter_supported=said).names_itself is believed


def test_plain_http_endpoints_need_a_plain_http_issuer() -> None:
    assert parsed("http://127.0.0.1:8630").token_endpoint == "http://127.0.0.1:8630/token"


@pytest.mark.parametrize(
    "issuer", [ISSUER, f"{ISSUER}/", "http://127.0.0.1:8630", "http://localhost", "http://[::1]:1"]
)
def test_valid_issuer_is_stored_unchanged(issuer: str) -> None:
    assert checked_issuer(issuer) == issuer


@pytest.mark.parametrize(
    "issuer",
    [
        "",
        "accounts.example",
        "ftp://a.example",
        f"{ISSUER}?a=b",
        f"{ISSUER}#a",
        "https://a@b.example",
        "https://a b",
    ],
)
def test_invalid_issuer_is_refused(issuer: str) -> None:
    with pytest.raises(ProviderMetadataError):
        checked_issuer(issuer, allow_http=True)


def test_plain_http_issuer_has_to_be_allowed() -> None:
    with pytest.raises(ProviderMetadataError, match="--allow-http"):
        checked_issuer("http://accounts.example")
    assert checked_issuer("http://accounts.example", allow_http=True)
