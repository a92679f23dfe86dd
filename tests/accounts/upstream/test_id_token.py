"""Validation of ID tokens (OpenID Connect Core 1.0 §3.1.3.7)."""

import base64
import json
from dataclasses import replace
from typing import Any

import pytest
from joserfc import jwt
from joserfc.jwk import ECKey, RSAKey

from pairgrant_server.accounts.upstream.attempt import Attempt
from pairgrant_server.accounts.upstream.id_token import (
    key_of_token,
    parse_id_token,
    provider_keys,
    validated_user,
)
from pairgrant_server.accounts.upstream.upstream_error import UpstreamError, UpstreamFailure
from pairgrant_server.accounts.upstream.upstream_user import UpstreamUser

NOW = 1_790_000_000
ISSUER = "https://accounts.example"
ATTEMPT = Attempt("example", "s" * 43, "n" * 43, "v" * 43, NOW - 20)
KEY = ECKey.generate_key("P-256", {"kid": "k1"})
OTHER = ECKey.generate_key("P-256", {"kid": "k2"})
CLAIMS = {
    "iss": ISSUER,
    "sub": "248289",
    "aud": "pairgrant",
    "iat": NOW - 5,
    "exp": NOW + 300,
    "nonce": "n" * 43,
}


def jwks(*keys: Any) -> bytes:
    return json.dumps(
        {"keys": [key.as_dict(private=False) if hasattr(key, "as_dict") else key for key in keys]}
    ).encode()


def judged(attempt: Attempt = ATTEMPT, **changes: Any) -> UpstreamUser:
    claims = {name: value for name, value in {**CLAIMS, **changes}.items() if value is not None}
    token = parse_id_token(jwt.encode({"alg": "ES256", "kid": "k1"}, claims, KEY))
    key = key_of_token(token, provider_keys(jwks(KEY)))
    assert key is not None
    return validated_user(token, key, attempt, issuer=ISSUER, client_id="pairgrant", now=NOW)


@pytest.mark.parametrize(
    "changes",
    [
        {},
        {"aud": ["pairgrant"]},
        {"aud": ["pairgrant", "another"], "azp": "pairgrant"},
        {"azp": "pairgrant"},
        {"iat": NOW + 30},
        {"exp": NOW - 30},
        {"exp": NOW + 0.5},
        {"nbf": NOW + 30},
        {"auth_time": 0},
    ],
    ids=str,
)
def test_valid_id_token_identifies_the_user(changes: dict[str, Any]) -> None:
    person = judged(**changes)
    assert (person.issuer, person.subject) == (ISSUER, "248289")


@pytest.mark.parametrize(
    "changes",
    [
        {"iss": "https://evil.example"},
        {"iss": f"{ISSUER}/"},
        {"iss": [ISSUER]},
        {"iss": None},
        {"aud": "another"},
        {"aud": "pairgrant2"},
        {"aud": []},
        {"aud": {"pairgrant": 1}},
        {"aud": None},
        {"aud": ["pairgrant", 1]},
        {"aud": ["pairgrant", "another"]},
        {"aud": ["pairgrant", "another"], "azp": "another"},
        {"azp": "another"},
        {"nonce": "another"},
        {"nonce": ["n" * 43]},
        {"nonce": None},
        {"exp": NOW - 61},
        {"exp": None},
        {"exp": "tomorrow"},
        {"exp": True},
        {"iat": NOW + 120},
        {"iat": NOW - 120},
        {"iat": None},
        {"nbf": NOW + 120},
        {"sub": None},
        {"sub": ""},
        {"sub": 248289},
        {"sub": "x" * 256},
        {"sub": "a\nb"},
    ],
    ids=str,
)
def test_id_token_with_a_wrong_claim_is_refused(changes: dict[str, Any]) -> None:
    with pytest.raises(UpstreamError) as refused:
        judged(**changes)
    assert refused.value.failure is UpstreamFailure.INVALID_RESPONSE


@pytest.mark.parametrize(
    ("auth_time", "is_fresh"), [(NOW - 10, True), (NOW - 60, True), (NOW - 3600, False), (None, False)]
)
def test_old_auth_time_fails_a_required_fresh_sign_in(auth_time: float | None, *, is_fresh: bool) -> None:
    wanted = replace(ATTEMPT, wants_fresh=True)
    if is_fresh:
        assert judged(wanted, auth_time=auth_time).subject == "248289"
        return
    with pytest.raises(UpstreamError) as refused:
        judged(wanted, auth_time=auth_time)
    assert refused.value.failure is UpstreamFailure.SIGN_IN_TOO_OLD


@pytest.mark.parametrize(
    ("header", "found"),
    [
        ({"kid": "k1"}, "k1"),
        ({"kid": "k2"}, "k2"),
        ({"kid": "k3"}, None),
        ({"kid": 1}, None),
        ({}, None),
    ],
)
def test_a_key_is_chosen_by_its_kid(header: dict[str, Any], found: str | None) -> None:
    """Without one, among two, nothing tells which (§10.1)."""
    token = replace(
        parse_id_token(jwt.encode({"alg": "ES256"}, CLAIMS, KEY)), header={"alg": "ES256", **header}
    )
    key = key_of_token(token, provider_keys(jwks(KEY, OTHER)))
    assert (None if key is None else key.kid) == found


def test_token_without_kid_uses_the_only_key_for_its_algorithm() -> None:
    token = parse_id_token(jwt.encode({"alg": "ES256"}, CLAIMS, KEY))
    key = key_of_token(token, provider_keys(jwks(KEY, RSAKey.generate_key(2048))))
    assert key is not None
    assert key.kid == "k1"


def test_a_kid_does_not_lend_a_key_to_another_algorithm() -> None:
    token = parse_id_token(jwt.encode({"alg": "RS256", "kid": "k1"}, CLAIMS, RSAKey.generate_key(2048)))
    assert key_of_token(token, provider_keys(jwks(KEY))) is None


@pytest.mark.parametrize("algorithm", ["none", "HS256", "HS512", "ES256 ", "es256", "RS1", 7, None])
def test_unsupported_algorithm_is_refused(algorithm: Any) -> None:
    head = base64.urlsafe_b64encode(json.dumps({"alg": algorithm}).encode()).rstrip(b"=").decode()
    rest = jwt.encode({"alg": "ES256"}, CLAIMS, KEY).partition(".")[2]
    with pytest.raises(UpstreamError) as refused:
        parse_id_token(f"{head}.{rest}")
    assert refused.value.failure is UpstreamFailure.INVALID_RESPONSE


def test_unknown_kinds_of_keys_are_ignored() -> None:
    document = jwks(
        {"kty": "EC", "crv": "P-521"},
        {"kty": "oct", "k": "AAAA"},
        {"use": "enc", **KEY.as_dict(private=False)},
        OTHER,
    )
    assert [key.kid for key in provider_keys(document)] == ["k2"]


@pytest.mark.parametrize(
    "document",
    [b"", b"[]", b"{}", b'{"keys": {}}', json.dumps({"keys": [{}] * 101}).encode(), b" " * 300_000],
)
def test_malformed_jwk_set_is_unavailable(document: bytes) -> None:
    with pytest.raises(UpstreamError) as refused:
        provider_keys(document)
    assert refused.value.failure is UpstreamFailure.UNAVAILABLE
