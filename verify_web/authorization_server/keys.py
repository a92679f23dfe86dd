"""The keys that sign tokens: made at the first start, sealed in the store, published as JWKs (RFC 7517)."""

import json
from typing import Any

from joserfc import jwt
from joserfc.errors import JoseError
from joserfc.jwk import ECKey, KeySet

from shared.secret import Secret
from verify_web.authorization_server.clock import Clock
from verify_web.authorization_server.records import SigningKey
from verify_web.authorization_server.sealing import ServerKey, UnsealableError
from verify_web.authorization_server.store.interface import SigningKeyStore

ALGORITHM = "ES256"
_PURPOSE = "signing key"


class UnreadableKeyError(Exception):
    """A signing key in the database is not sealed under this server's key; the text says what to do."""


class InvalidJWTError(Exception):
    """Not signed by this server as the kind of token it claims to be."""


class SigningKeys:
    """Signs with the youngest key and verifies with every one of them."""

    def __init__(self, keys: list[ECKey]) -> None:
        self._signing = keys[0]
        self._all = KeySet(list(keys))
        self._published: list[dict[str, Any]] = [
            {**key.as_dict(private=False), "use": "sig", "alg": ALGORITHM} for key in keys
        ]

    @classmethod
    async def load(cls, store: SigningKeyStore, server_key: ServerKey, clock: Clock) -> "SigningKeys":
        """The keys of the store; the first start makes one.

        Raises:
            UnreadableKeyError: loudly, because tokens could neither be made nor checked.
        """
        stored = await store.signing_keys()
        if not stored:
            await store.add_signing_key(_new_key(server_key, clock()), unless_since=0)
            stored = await store.signing_keys()
        return cls([_unsealed(key, server_key) for key in stored])

    def sign(self, claims: dict[str, Any], *, typ: str, algorithm: str = ALGORITHM) -> Secret:
        """A compact JWS over ``claims`` with the given ``typ`` header."""
        header = {"alg": algorithm, "typ": typ, "kid": self._signing.kid}
        return Secret(jwt.encode(header, claims, self._signing, algorithms=[algorithm]))

    def verify(self, token: Secret, *, typ: str) -> dict[str, Any]:
        """The claims of a token of ours; times and audience are the caller's to judge.

        Raises:
            InvalidJWTError
        """
        try:
            decoded = jwt.decode(token.reveal(), self._all, algorithms=[ALGORITHM])
        except (JoseError, ValueError, TypeError):
            raise InvalidJWTError from None
        if decoded.header.get("typ") != typ:
            raise InvalidJWTError
        return decoded.claims

    def published(self) -> dict[str, Any]:
        """The JWK Set for strangers: public members alone."""
        return {"keys": self._published}


def _new_key(server_key: ServerKey, now: float) -> SigningKey:
    key = ECKey.generate_key("P-256", auto_kid=True)
    assert key.kid is not None  # noqa: S101 - auto_kid
    sealed = server_key.seal(_PURPOSE, json.dumps(key.as_dict(private=True)).encode())
    return SigningKey(key.kid, ALGORITHM, sealed, now)


def _unsealed(key: SigningKey, server_key: ServerKey) -> ECKey:
    try:
        return ECKey.import_key(json.loads(server_key.unseal(_PURPOSE, key.sealed)))
    except (UnsealableError, JoseError, ValueError):
        raise UnreadableKeyError(
            f"The signing key {key.kid} can't be read with this server key. Start with the server key file that "
            "belongs to this database (PAIRGRANT_SERVER_KEY_FILE)."
        ) from None
