"""Which members of a JWK Set may verify a token (RFC 7517)."""

from typing import Any

import pytest
from joserfc.jwk import ECKey, OKPKey, RSAKey

from pairgrant_protocol.json_object import MalformedMessageError
from pairgrant_server.resource_server.verification_keys import verification_keys


def found(*members: Any) -> list[tuple[str | None, str]]:
    return [(key.kid, key.algorithm) for key in verification_keys({"keys": list(members)})]


def test_each_usable_key_is_bound_to_one_algorithm(key: ECKey, rsa_key: RSAKey) -> None:
    assert found(key.as_dict(private=False), rsa_key.as_dict(private=False)) == [
        ("k1", "ES256"),
        ("r1", "RS256"),
    ]


def test_of_a_private_key_published_by_mistake_the_public_half_is_taken(key: ECKey) -> None:
    (taken,) = verification_keys({"keys": [key.as_dict(private=True)]})
    assert not taken.key.is_private


@pytest.mark.parametrize(
    "change",
    [
        {"use": "enc"},
        {"key_ops": ["sign"]},
        {"key_ops": "verify"},
        {"alg": "ES384"},
        {"alg": "HS256"},
        {"kid": 7},
        {"crv": "P-384"},
        {"crv": "P-256 "},
        {"kty": "oct"},
        {"kty": "RSA"},
        {"x": "AAAA"},
        {"x": "!!"},
        {"x": 7},
        {"x": ""},
    ],
)
def test_a_key_for_another_purpose_or_broken_is_passed_over(
    key: ECKey, rsa_key: RSAKey, change: dict[str, Any]
) -> None:
    unusable = {**key.as_dict(private=False), **change}
    assert found(unusable, rsa_key.as_dict(private=False)) == [("r1", "RS256")]


def test_keys_of_other_families_are_passed_over(key: ECKey) -> None:
    others = [
        OKPKey.generate_key("Ed25519").as_dict(private=False),
        ECKey.generate_key("P-384").as_dict(private=False),
        {"kty": "AKP", "alg": "ML-DSA-44", "pub": "AAAA"},
    ]
    assert found(*others, key.as_dict(private=False)) == [("k1", "ES256")]


@pytest.mark.parametrize("octets", [128, 2048])
def test_an_rsa_key_too_short_or_absurdly_long_is_passed_over(key: ECKey, octets: int) -> None:
    modulus = "_" * (octets * 4 // 3) + "w"
    assert found({"kty": "RSA", "n": modulus, "e": "AQAB"}, key.as_dict(private=False)) == [("k1", "ES256")]


@pytest.mark.parametrize("jwk_set", [{}, {"keys": None}, {"keys": "k"}, {"keys": []}, {"keys": [{}]}])
def test_a_set_without_a_usable_key_is_an_error(jwk_set: dict[str, Any]) -> None:
    with pytest.raises(MalformedMessageError):
        verification_keys(jwk_set)
