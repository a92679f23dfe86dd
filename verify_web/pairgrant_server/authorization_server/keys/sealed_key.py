"""Signing keys: generated, and stored sealed under the server key."""

import json
from collections.abc import Sequence
from typing import Any

from joserfc.errors import JoseError
from joserfc.jwk import ECKey, RSAKey

from pairgrant_server.authorization_server.keys.compact_jws import signer
from pairgrant_server.authorization_server.keys.key_lifecycle import ALGORITHMS, Key
from pairgrant_server.authorization_server.model.records import SigningKey
from pairgrant_server.authorization_server.secrets.server_key import ServerKey, UnsealableError
from pairgrant_server.errors import PairgrantServerError

_PURPOSE = "signing key"
_RSA_BITS = 2048


class UnreadableKeyError(PairgrantServerError):
    """A signing key in the database is not sealed under this server's key; the text says what to do."""


def new_key(algorithm: str, server_key: ServerKey, *, now: float, signs_at: float) -> SigningKey:
    """A new sealed key.

    ``signs_at`` is sealed too, so that write access to the database can't revive an old key.
    """
    jwk = _generated(algorithm)
    while jwk.kid is None or jwk.kid.startswith("-"):  # a command line would read it as an option
        jwk = _generated(algorithm)
    kept = {"jwk": jwk.as_dict(private=True), "signs_at": signs_at}
    return SigningKey(jwk.kid, algorithm, server_key.seal(_PURPOSE, json.dumps(kept).encode()), now)


def _generated(algorithm: str) -> ECKey | RSAKey:
    """Its ``kid`` is the thumbprint (RFC 7638)."""
    if algorithm == "ES256":
        return ECKey.generate_key("P-256", auto_kid=True)
    return RSAKey.generate_key(_RSA_BITS, auto_kid=True)


def _imported(algorithm: str, jwk: dict[str, Any]) -> ECKey | RSAKey:
    return ECKey.import_key(jwk) if algorithm == "ES256" else RSAKey.import_key(jwk)


def unsealed(stored: SigningKey, server_key: ServerKey) -> Key:
    """The private key.

    Raises:
        UnreadableKeyError
    """
    try:
        kept = json.loads(server_key.unseal(_PURPOSE, stored.sealed))
        jwk = kept.get("jwk", kept)  # the first version stored the bare key, which signed at once
        imported = _imported(stored.algorithm, jwk)
    except (UnsealableError, JoseError, ValueError):
        raise UnreadableKeyError(
            f"The signing key {stored.kid} can't be read with this server key. "
            "Start with the server key file that belongs to this database (PAIRGRANT_SERVER_KEY_FILE)."
        ) from None
    signs_at = kept.get("signs_at", stored.created_at)
    return Key(stored.kid, stored.algorithm, stored.created_at, signs_at, imported, signer(imported))


def known(stored: Sequence[SigningKey]) -> list[SigningKey]:
    """The keys whose algorithm this version supports; a later version may have added others."""
    return [key for key in stored if key.algorithm in ALGORITHMS]
