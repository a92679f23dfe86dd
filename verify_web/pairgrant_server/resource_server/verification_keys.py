"""The keys of an issuer's JWK Set that can verify access tokens (RFC 7517); all others are ignored."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from joserfc.errors import JoseError
from joserfc.jwk import ECKey, RSAKey
from joserfc.util import base64_to_int

from pairgrant_protocol.json_object import MalformedMessageError

ALGORITHMS = ("ES256", "RS256")
"""Asymmetric only, so that a published key can't be used as a shared secret."""

_RSA_BITS = range(2048, 8193)


@dataclass(frozen=True, slots=True)
class VerificationKey:
    """A public key, good for one algorithm only."""

    kid: str | None
    algorithm: str
    key: ECKey | RSAKey


def verification_keys(jwk_set: Mapping[str, Any]) -> tuple[VerificationKey, ...]:
    """The usable keys of a JWK Set.

    Raises:
        MalformedMessageError: not a JWK Set, or without a usable key.
    """
    members = jwk_set.get("keys")
    if not isinstance(members, list):
        raise MalformedMessageError("keys is not a list")
    keys = tuple(_usable(members))
    if not keys:
        raise MalformedMessageError("none of the keys can verify ES256 or RS256")
    return keys


def _usable(members: Iterable[Any]) -> Iterable[VerificationKey]:
    for member in members:
        if not isinstance(member, dict) or not _is_for_verifying(member):
            continue
        kid = member.get("kid")
        try:
            algorithm, key = _import(member)
        except (JoseError, KeyError, TypeError, ValueError):
            continue
        if member.get("alg", algorithm) == algorithm and (kid is None or isinstance(kid, str)):
            yield VerificationKey(kid, algorithm, key)


def _is_for_verifying(member: Mapping[str, Any]) -> bool:
    operations = member.get("key_ops", ["verify"])
    return member.get("use", "sig") == "sig" and isinstance(operations, list) and "verify" in operations


def _import(member: Mapping[str, Any]) -> tuple[str, ECKey | RSAKey]:
    """Import the public members only."""
    match member.get("kty"), member.get("crv"):
        case "EC", "P-256":
            return "ES256", ECKey.import_key({name: member[name] for name in ("kty", "crv", "x", "y")})
        case "RSA", _:
            if base64_to_int(member["n"]).bit_length() not in _RSA_BITS:
                raise ValueError("an RSA key of an unsuitable size")
            return "RS256", RSAKey.import_key({name: member[name] for name in ("kty", "n", "e")})
    raise ValueError("a key for no supported algorithm")
