"""The life cycle of signing keys: which waits, signs, only verifies, or can be removed. Pure.

A new key is published at once, and signs when every cached JWK Set has been fetched again. The key before it
verifies until every token that it signed has expired. Instants are Unix time in seconds.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from enum import Enum

from joserfc.jwk import ECKey, RSAKey

from pairgrant_server.authorization_server.keys.compact_jws import Sign
from pairgrant_server.authorization_server.model.lifetimes import LONGEST_ACCESS_TOKEN

ALGORITHMS = ("ES256", "RS256")
"""The default first; RS256 is for clients that support no other (OpenID Connect Core §15.1)."""

JWKS_MAX_AGE = 300
"""Seconds for which the JWK Set may be cached."""

NOTICE = 60.0
"""Seconds after which every process certainly knows a new key."""

PROPAGATION = JWKS_MAX_AGE + NOTICE
"""Seconds between a key's publication and its first signature."""


@dataclass(frozen=True, slots=True)
class Key:
    """A private key, unsealed."""

    kid: str
    algorithm: str
    created_at: float
    signs_at: float
    """When it begins to sign; it stops when the next one begins."""
    jwk: ECKey | RSAKey = field(repr=False)
    sign: Sign = field(repr=False, compare=False)


class KeyState(Enum):
    WAITS = "waits"
    SIGNS = "signs"
    VERIFIES = "verifies"
    """It signs no more, but tokens that it signed may still be valid."""


def ordered(keys: Sequence[Key]) -> tuple[Key, ...]:
    """By algorithm, then in the order in which they begin to sign."""
    return tuple(sorted(keys, key=lambda key: (ALGORITHMS.index(key.algorithm), key.signs_at, key.kid)))


def of_algorithm(keys: Sequence[Key], algorithm: str) -> tuple[Key, ...]:
    return tuple(key for key in ordered(keys) if key.algorithm == algorithm)


def signing(in_order: Sequence[Key], now: float) -> Key:
    """The key that signs, among the ordered keys of one algorithm; the first one if none has begun."""
    for key in reversed(in_order):
        if key.signs_at <= now:
            return key
    return in_order[0]


def state(key: Key, keys: Sequence[Key], now: float) -> KeyState:
    in_order = of_algorithm(keys, key.algorithm)
    current = in_order.index(signing(in_order, now))
    place = in_order.index(key)
    if place == current:
        return KeyState.SIGNS
    return KeyState.WAITS if place > current else KeyState.VERIFIES


def ends_at(key: Key, keys: Sequence[Key]) -> float | None:
    """When every token that it signed has expired; None while no other key follows it."""
    in_order = of_algorithm(keys, key.algorithm)
    followers = in_order[in_order.index(key) + 1 :]
    return followers[0].signs_at + NOTICE + LONGEST_ACCESS_TOKEN if followers else None


def ended(keys: Sequence[Key], now: float) -> tuple[Key, ...]:
    """The keys that can be removed."""
    return tuple(key for key in keys if (end := ends_at(key, keys)) is not None and end <= now)


def due(keys: Sequence[Key], now: float, rotation: float) -> tuple[str, ...]:
    """The algorithms whose latest key is older than ``rotation`` seconds; none if ``rotation`` is 0."""
    if not rotation:
        return ()
    return tuple(
        algorithm
        for algorithm in ALGORITHMS
        if max((key.created_at for key in keys if key.algorithm == algorithm), default=now) < now - rotation
    )
