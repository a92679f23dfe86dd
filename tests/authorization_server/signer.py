"""A party with private keys of its own: a client that signs, or an issuer of assertions."""

import json
from base64 import urlsafe_b64encode
from collections.abc import Callable, Mapping
from functools import cache
from typing import Any

from joserfc.jwk import ECKey, Key, OKPKey, RSAKey
from joserfc.jws import JWSRegistry


class Signer:
    """Someone with a private key of their own: a client that signs, or one whose word is taken for a
    person's.
    """

    def __init__(self, key: Key, algorithm: str, kid: str | None) -> None:
        self.key = key
        self.algorithm = algorithm
        self.kid = kid

    @property
    def jwk(self) -> dict[str, Any]:
        named = {} if self.kid is None else {"kid": self.kid}
        return {**self.key.as_dict(private=False), **named}

    @property
    def jwks(self) -> str:
        return json.dumps({"keys": [self.jwk]})

    def sign(self, claims: Mapping[str, Any] | bytes, **header: Any) -> str:
        """A compact JWS; a claim or header member that is None is left out."""
        algorithm = header.pop("signed_with", self.algorithm)
        head = {"alg": self.algorithm, "typ": "JWT", "kid": self.kid, **header}
        payload = claims if isinstance(claims, bytes) else _json(claims)
        signed = f"{_base64url(_json(head))}.{_base64url(payload)}"
        signature = JWSRegistry.algorithms[algorithm].sign(signed.encode(), self.key)
        return f"{signed}.{_base64url(signature)}"


def _json(members: Mapping[str, Any]) -> bytes:
    return json.dumps({name: value for name, value in members.items() if value is not None}).encode()


def _base64url(raw: bytes) -> str:
    return urlsafe_b64encode(raw).decode().rstrip("=")


@cache
def key_of(algorithm: str, number: int) -> Key:
    """One key for each number: finding an RSA key takes a while."""
    del number
    if algorithm == "ES256":
        return ECKey.generate_key("P-256")
    return OKPKey.generate_key("Ed25519") if algorithm == "EdDSA" else RSAKey.generate_key(2048)


MakeSigner = Callable[..., Signer]
