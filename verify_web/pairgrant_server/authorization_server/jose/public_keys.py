"""Other parties' public keys (RFC 7517), and the algorithms each may verify.

JWK Sets are registered inline: with a ``jwks_uri`` this server would fetch any URL that a registration names
(RFC 7591 §5, SSRF).
"""

import json
from functools import lru_cache
from typing import Any, NamedTuple

from joserfc.errors import JoseError
from joserfc.jwk import ECKey, Key, OKPKey, RSAKey
from joserfc.util import to_bytes, urlsafe_b64decode

from pairgrant_server.authorization_server.jose.strict_json import StrictJSONError, strict_object
from pairgrant_server.errors import PairgrantServerError

SIGNING_ALGORITHMS = ("ES256", "RS256", "PS256", "EdDSA")
"""Accepted from other parties: never ``none``, and no MAC, whose key would be public."""

_ALGORITHMS_OF = {"P-256": ("ES256",), "Ed25519": ("EdDSA",), "RSA": ("RS256", "PS256")}
_PRIVATE = frozenset({"d", "p", "q", "dp", "dq", "qi", "oth", "k"})
_MAX_KEYS = 10
_MAX_BYTES = 16_384
_RSA_BITS = range(2048, 8193)
_LARGEST_EXPONENT = 1 << 32


class PublicKeysError(PairgrantServerError, ValueError):
    """A JWK Set that can't be used; the text says what to change, and quotes no key."""


class PublicKey(NamedTuple):
    kid: str | None
    algorithms: tuple[str, ...]
    """The algorithms of signatures under this key."""
    key: Key


def public_keys(jwks: object) -> str:
    """The JSON of a JWK Set (parsed JSON) in the form in which it is stored.

    Raises:
        PublicKeysError: not a JWK Set, no or too many keys, a private or secret key, a weak key or one of an
            unsupported type, or two keys with the same ``kid``.
    """
    keys = jwks.get("keys") if isinstance(jwks, dict) else None
    if not isinstance(keys, list) or not 1 <= len(keys) <= _MAX_KEYS:
        raise PublicKeysError(f"a JWK Set has a list of 1 to {_MAX_KEYS} keys")
    known = [public_key(key) for key in keys]
    named = [key.kid for key in known if key.kid is not None]
    if len(set(named)) < len(named):
        raise PublicKeysError("two keys have the same kid")
    if len(known) > 1 and len(named) < len(known):
        raise PublicKeysError("where there are several keys, each needs a kid")
    return json.dumps({"keys": keys}, separators=(",", ":"))


@lru_cache(maxsize=1000)
def keys_of(jwks: str) -> tuple[PublicKey, ...]:
    """The keys of a stored JWK Set that can verify signatures here; others are ignored (RFC 7517 §5)."""
    try:
        found = strict_object(jwks.encode(), limit=_MAX_BYTES).get("keys")
    except StrictJSONError:
        return ()
    return tuple(filter(None, map(_key_or_none, found if isinstance(found, list) else ())))


def _key_or_none(jwk: Any) -> PublicKey | None:
    try:
        return public_key(jwk)
    except PublicKeysError:
        return None


def public_key(jwk: Any) -> PublicKey:
    """One key (parsed JSON).

    Raises:
        PublicKeysError
    """
    if not isinstance(jwk, dict):
        raise PublicKeysError("a key is not a JSON object")
    if not _PRIVATE.isdisjoint(jwk):
        raise PublicKeysError("a key is private; register public keys, and keep that one to yourself")
    kid, use = jwk.get("kid"), jwk.get("use", "sig")
    if kid is not None and (not isinstance(kid, str) or not 1 <= len(kid) <= 200):
        raise PublicKeysError("a kid is a string of 1 to 200 characters")
    if use != "sig" or "verify" not in _operations(jwk):
        raise PublicKeysError("a key is not for signatures")
    key, algorithms = _imported(jwk)
    if (algorithm := jwk.get("alg")) is not None:
        algorithms = tuple(known for known in algorithms if known == algorithm)
    if not algorithms:
        raise PublicKeysError(f"a key is for another algorithm than {', '.join(SIGNING_ALGORITHMS)}")
    return PublicKey(kid, algorithms, key)


def _operations(jwk: dict[str, Any]) -> list[Any]:
    operations = jwk.get("key_ops", ["verify"])
    return operations if isinstance(operations, list) else []


def _imported(jwk: dict[str, Any]) -> tuple[Key, tuple[str, ...]]:
    kind, curve = jwk.get("kty"), jwk.get("crv")
    bare: dict[str, Any] = {name: jwk[name] for name in ("kty", "crv", "x", "y", "n", "e") if name in jwk}
    try:
        if (kind, curve) == ("EC", "P-256"):
            return ECKey.import_key(bare), _ALGORITHMS_OF["P-256"]
        if (kind, curve) == ("OKP", "Ed25519"):
            return OKPKey.import_key(bare), _ALGORITHMS_OF["Ed25519"]
        if kind == "RSA" and _is_strong(bare):
            return RSAKey.import_key(bare), _ALGORITHMS_OF["RSA"]
    except (JoseError, KeyError, ValueError, TypeError, AttributeError):
        raise PublicKeysError("a key is malformed") from None
    raise PublicKeysError("a key must be P-256, Ed25519, or RSA of 2048 to 8192 bits with a small exponent")


def _is_strong(rsa: dict[str, Any]) -> bool:
    """Raises ``ValueError`` and others if it is malformed."""
    modulus, exponent = (int.from_bytes(urlsafe_b64decode(to_bytes(rsa[name]))) for name in ("n", "e"))
    return modulus.bit_length() in _RSA_BITS and exponent < _LARGEST_EXPONENT
