"""Compact JWS (RFC 7515 §7.1), signed by ``cryptography`` itself.

A general library checks the header, the key and the claims of each token. Here this server made them, and the
checks took longer than the signature. Verification stays with joserfc.
"""

from collections.abc import Callable
from functools import lru_cache
from typing import Any, cast

from cryptography.hazmat.primitives.asymmetric.ec import ECDSA, EllipticCurvePrivateKey
from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey
from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature
from cryptography.hazmat.primitives.hashes import SHA256
from joserfc.jwk import ECKey, RSAKey

from pairgrant_protocol.base64url import base64url
from pairgrant_server.authorization_server.json_text import json_text

Sign = Callable[[bytes], bytes]
"""The signature of the signing input (RFC 7515 §5.1)."""

_P256_BYTES = 32
_ECDSA = ECDSA(SHA256())
_PADDING = PKCS1v15()
_HASH = SHA256()


def signer(jwk: ECKey | RSAKey) -> Sign:
    """ES256 for a P-256 key, RS256 for an RSA key (RFC 7518 §3.3, §3.4)."""
    if isinstance(jwk, ECKey):
        return _es256(cast("EllipticCurvePrivateKey", jwk.private_key))
    return _rs256(cast("RSAPrivateKey", jwk.private_key))


def compact(header: str, claims: dict[str, Any], sign: Sign) -> str:
    """Header, claims and signature; ``header`` is encoded."""
    signed = f"{header}.{base64url(json_text(claims))}"
    return f"{signed}.{base64url(sign(signed.encode()))}"


@lru_cache(maxsize=64)
def header_of(alg: str, typ: str, kid: str) -> str:
    """The encoded header; there are few of them, because a key signs for weeks."""
    return base64url(json_text({"alg": alg, "typ": typ, "kid": kid}))


def _es256(key: EllipticCurvePrivateKey) -> Sign:
    def sign(signing_input: bytes) -> bytes:
        r, s = decode_dss_signature(key.sign(signing_input, _ECDSA))
        return r.to_bytes(_P256_BYTES, "big") + s.to_bytes(_P256_BYTES, "big")

    return sign


def _rs256(key: RSAPrivateKey) -> Sign:
    return lambda signing_input: key.sign(signing_input, _PADDING, _HASH)
