"""The keys that sign tokens: made at the first start, sealed in the store, rotated, published as JWKs (RFC 7517)."""

import asyncio
import math
from collections.abc import Sequence
from hashlib import sha256
from typing import Any

from joserfc import jwt
from joserfc.errors import JoseError
from joserfc.jwk import ECKey, RSAKey
from joserfc.jws import CompactSignature, JWSRegistry

from pairgrant_protocol.secret import Secret
from pairgrant_server.authorization_server.clock import Clock
from pairgrant_server.authorization_server.keys.key_lifecycle import (
    ALGORITHMS,
    PROPAGATION,
    Key,
    due,
    ended,
    of_algorithm,
    ordered,
    signing,
)
from pairgrant_server.authorization_server.keys.sealed_key import UnreadableKeyError, known, new_key, unsealed
from pairgrant_server.authorization_server.model.records import SigningKey
from pairgrant_server.authorization_server.secrets.server_key import ServerKey
from pairgrant_server.authorization_server.store.interface.signing_keys import SigningKeyStore
from pairgrant_server.errors import PairgrantServerError

__all__ = ["ALGORITHM", "ALGORITHMS", "InvalidJWTError", "SigningKeys", "UnreadableKeyError"]

ALGORITHM = ALGORITHMS[0]

_REGISTRY = JWSRegistry(algorithms=ALGORITHMS)
"""Made once: made for each token, it takes a fifth of the time to sign one."""


_MOST_VERIFIED = 2048
"""Signatures that are remembered, by digest: a resource server asks of a token again and again, and to verify one takes
longer than all the rest. Only a change of keys could make one wrong, and then all are forgotten."""


class InvalidJWTError(PairgrantServerError):
    """Not signed by this server as the kind of token it claims to be."""


class SigningKeys:
    """Signs with the key whose turn it is, verifies with every one that is published.

    What others rotate is noticed by ``refresh``; ``wanted`` is set when a token names a key that is not known here.
    """

    def __init__(self, store: SigningKeyStore, server_key: ServerKey, clock: Clock) -> None:
        self._store = store
        self._server_key = server_key
        self._clock = clock
        self._keys: dict[str, Key] = {}
        self._turns: dict[str, tuple[Key, ...]] = {}
        self._published: dict[str, Any] = {}
        self._verified: dict[bytes, tuple[str, dict[str, Any]]] = {}
        self.wanted = asyncio.Event()

    @classmethod
    async def load(cls, store: SigningKeyStore, server_key: ServerKey, clock: Clock) -> "SigningKeys":
        """The keys of the store; the first start makes one of each algorithm.

        Raises:
            UnreadableKeyError: loudly, because tokens could neither be made nor checked.
        """
        keys = cls(store, server_key, clock)
        await keys.refresh()
        await keys.make_missing()
        return keys

    async def make_missing(self) -> None:
        """One key for each algorithm that has none, by whichever process is the first."""
        for algorithm in ALGORITHMS:
            if not of_algorithm(self.all, algorithm):
                await self.add(algorithm, at_once=True, unless_since=0)

    @property
    def all(self) -> tuple[Key, ...]:
        return tuple(self._keys.values())

    async def refresh(self) -> None:
        """Notice what this or another process has added and removed.

        Raises:
            UnreadableKeyError: and everything stays as it was.
        """
        self.wanted.clear()
        stored = known(await self._store.signing_keys())
        if stored and {key.kid for key in stored} == self._keys.keys():
            return
        self._take([self._keys.get(key.kid) or unsealed(key, self._server_key) for key in stored])

    def _take(self, keys: Sequence[Key]) -> None:
        self._keys = {key.kid: key for key in ordered(keys)}
        # Should someone have deleted the last key of an algorithm, it serves until there is another.
        self._turns = {name: of_algorithm(keys, name) or self._turns.get(name, ()) for name in ALGORITHMS}
        self._published = {"keys": [_public(key) for key in self.all]}
        self._verified.clear()

    def sign(self, claims: dict[str, Any], *, typ: str, algorithm: str = ALGORITHM) -> Secret:
        """A compact JWS over ``claims`` with the given ``typ`` header."""
        key = signing(self._turns[algorithm], self._clock())
        header = {"alg": algorithm, "typ": typ, "kid": key.kid}
        return Secret(jwt.encode(header, claims, key.jwk, registry=_REGISTRY))

    def verify(self, token: Secret, *, typ: str) -> dict[str, Any]:
        """The claims of a token of ours; times and audience are the caller's to judge.

        Raises:
            InvalidJWTError
        """
        mark = sha256(token.reveal().encode()).digest()
        seen = self._verified.get(mark)
        if seen is None:
            seen = self._decoded(token)
            if len(self._verified) >= _MOST_VERIFIED:
                self._verified.clear()
            self._verified[mark] = seen
        found, claims = seen
        if found != typ:
            raise InvalidJWTError
        return claims.copy()

    def _decoded(self, token: Secret) -> tuple[str, dict[str, Any]]:
        """``typ`` and claims, once the signature is verified."""
        try:
            decoded = jwt.decode(token.reveal(), self._named, registry=_REGISTRY)
        except (JoseError, ValueError, TypeError):
            raise InvalidJWTError from None
        return str(decoded.header.get("typ")), decoded.claims

    def _named(self, signature: Any) -> ECKey | RSAKey:
        """The key that a token names, for its own algorithm alone."""
        assert isinstance(signature, CompactSignature)  # noqa: S101 - nothing else is decoded
        header = signature.headers()
        key = self._keys.get(str(header.get("kid")))
        if key is None:
            self.wanted.set()
        if key is None or key.algorithm != header.get("alg"):
            raise InvalidJWTError
        return key.jwk

    def published(self) -> dict[str, Any]:
        """The JWK Set for strangers, public members alone; the same object until it changes."""
        return self._published

    async def add(
        self, algorithm: str, *, at_once: bool = False, unless_since: float = math.inf
    ) -> str | None:
        """Add a key that signs when its time has come, or at once; its kid.

        None where another process was faster: there is one that was made at ``unless_since`` or later.

        Raises:
            UnreadableKeyError: of a key that another process has added.
        """
        now = self._clock()
        signs_at = now if at_once else now + PROPAGATION
        # An RSA key takes a twentieth of a second to find: not in the event loop of a server.
        key: SigningKey = await asyncio.to_thread(
            new_key, algorithm, self._server_key, now=now, signs_at=signs_at
        )
        added = await self._store.add_signing_key(key, unless_since=unless_since)
        await self.refresh()
        return key.kid if added else None

    async def remove(self, kid: str) -> bool:
        """Withdraw a key: everything that it signed is worth nothing from now on. False if there is none."""
        removed = await self._store.remove_signing_key(kid)
        await self.refresh()
        return removed

    async def rotate_by_age(self, rotation: float) -> list[str]:
        """Follow every key that is older than ``rotation`` seconds by a new one; the kids that this process added."""
        now = self._clock()
        added = [await self.add(name, unless_since=now - rotation) for name in due(self.all, now, rotation)]
        return [kid for kid in added if kid is not None]

    async def remove_ended(self) -> list[str]:
        """Remove the keys of which nothing can be alive; the kids that this process removed."""
        return [key.kid for key in ended(self.all, self._clock()) if await self.remove(key.kid)]


def _public(key: Key) -> dict[str, Any]:
    return {**key.jwk.as_dict(private=False), "use": "sig", "alg": key.algorithm}
