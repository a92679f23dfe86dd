"""Signing keys: generated at the first start, stored sealed, rotated, and published as JWKs (RFC 7517)."""

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
from pairgrant_server.authorization_server.keys.compact_jws import compact, header_of
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
"""One for all tokens: to make it takes a fifth of the time of a signature."""


_MOST_VERIFIED = 2048
"""Verified tokens that are remembered by digest, because resource servers introspect the same token many
times and the signature takes most of the time. A change of keys clears them."""


class InvalidJWTError(PairgrantServerError):
    """Not signed by this server, or not a token of the expected type."""


class SigningKeys:
    """Signs with the current key, verifies with every published one.

    ``refresh`` loads what other processes changed; ``wanted`` is set when a token names an unknown key.
    """

    def __init__(self, store: SigningKeyStore, server_key: ServerKey, clock: Clock) -> None:
        self._store = store
        self._server_key = server_key
        self._clock = clock
        self._keys: dict[str, Key] = {}
        self._in_order: dict[str, tuple[Key, ...]] = {}
        self._published: dict[str, Any] = {}
        self._verified: dict[bytes, tuple[str, dict[str, Any]]] = {}
        self.wanted = asyncio.Event()

    @classmethod
    async def load(cls, store: SigningKeyStore, server_key: ServerKey, clock: Clock) -> "SigningKeys":
        """The keys of the store; the first start generates one for each algorithm.

        Raises:
            UnreadableKeyError: tokens could neither be signed nor verified.
        """
        keys = cls(store, server_key, clock)
        await keys.refresh()
        await keys.make_missing()
        return keys

    async def make_missing(self) -> None:
        """Add a key for each algorithm that has none; one process wins."""
        for algorithm in ALGORITHMS:
            if not of_algorithm(self.all, algorithm):
                await self.add(algorithm, at_once=True, unless_since=0)

    @property
    def all(self) -> tuple[Key, ...]:
        return tuple(self._keys.values())

    async def refresh(self) -> None:
        """Load the keys that this or another process added, and drop those that were removed.

        Raises:
            UnreadableKeyError: the loaded keys stay as they were.
        """
        self.wanted.clear()
        stored = known(await self._store.signing_keys())
        if stored and {key.kid for key in stored} == self._keys.keys():
            return
        self._take([self._keys.get(key.kid) or unsealed(key, self._server_key) for key in stored])

    def _take(self, keys: Sequence[Key]) -> None:
        self._keys = {key.kid: key for key in ordered(keys)}
        # If the last key of an algorithm was deleted from the database, it is used until there is another.
        self._in_order = {
            name: of_algorithm(keys, name) or self._in_order.get(name, ()) for name in ALGORITHMS
        }
        self._published = {"keys": [_public(key) for key in self.all]}
        self._verified.clear()

    def sign(self, claims: dict[str, Any], *, typ: str, algorithm: str = ALGORITHM) -> Secret:
        """A compact JWS over ``claims`` with the given ``typ`` header."""
        key = signing(self._in_order[algorithm], self._clock())
        return Secret(compact(header_of(algorithm, typ, key.kid), claims, key.sign))

    def verify(self, token: Secret, *, typ: str) -> dict[str, Any]:
        """The claims of a token of this server; the caller checks times and audience.

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
        """``typ`` and claims of a token whose signature is valid."""
        try:
            decoded = jwt.decode(token.reveal(), self._named, registry=_REGISTRY)
        except (JoseError, ValueError, TypeError):
            raise InvalidJWTError from None
        return str(decoded.header.get("typ")), decoded.claims

    def _named(self, signature: Any) -> ECKey | RSAKey:
        """The key that a token names; only for the algorithm of that key."""
        assert isinstance(signature, CompactSignature)  # noqa: S101 - nothing else is decoded
        header = signature.headers()
        key = self._keys.get(str(header.get("kid")))
        if key is None:
            self.wanted.set()
        if key is None or key.algorithm != header.get("alg"):
            raise InvalidJWTError
        return key.jwk

    def published(self) -> dict[str, Any]:
        """The JWK Set, public members only; the same object until it changes."""
        return self._published

    async def add(
        self, algorithm: str, *, at_once: bool = False, unless_since: float = math.inf
    ) -> str | None:
        """Add a key that signs after ``PROPAGATION``, or at once; its kid.

        None if another process was faster: there is a key created at ``unless_since`` or later.

        Raises:
            UnreadableKeyError: another process added one.
        """
        now = self._clock()
        signs_at = now if at_once else now + PROPAGATION
        # Generating an RSA key takes 50 ms, too long for the event loop.
        key: SigningKey = await asyncio.to_thread(
            new_key, algorithm, self._server_key, now=now, signs_at=signs_at
        )
        added = await self._store.add_signing_key(key, unless_since=unless_since)
        await self.refresh()
        return key.kid if added else None

    async def remove(self, kid: str) -> bool:
        """Withdraw a key: every token that it signed is invalid from now on. False if it does not exist."""
        removed = await self._store.remove_signing_key(kid)
        await self.refresh()
        return removed

    async def rotate_by_age(self, rotation: float) -> list[str]:
        """Add a successor to each key older than ``rotation`` seconds; the kids that this process added."""
        now = self._clock()
        added = [await self.add(name, unless_since=now - rotation) for name in due(self.all, now, rotation)]
        return [kid for kid in added if kid is not None]

    async def remove_ended(self) -> list[str]:
        """Remove the keys whose tokens have all expired; the kids that this process removed."""
        return [key.kid for key in ended(self.all, self._clock()) if await self.remove(key.kid)]


def _public(key: Key) -> dict[str, Any]:
    return {**key.jwk.as_dict(private=False), "use": "sig", "alg": key.algorithm}
