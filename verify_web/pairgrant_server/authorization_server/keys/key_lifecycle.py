"""The life of signing keys: which signs, which waits, which only verifies, and which can go; pure functions of keys and now.

A new key is published at once, and signs when everybody who keeps our JWK Set has had the time to fetch it again. The key
before it verifies until everything that it signed has ended. Instants are Unix time in seconds.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from enum import Enum

from joserfc.jwk import ECKey, RSAKey

from pairgrant_server.authorization_server.model.lifetimes import LONGEST_ACCESS_TOKEN

ALGORITHMS = ("ES256", "RS256")
"""The default first; RS256 is for clients that know nothing else (OpenID Connect Core §15.1)."""

JWKS_MAX_AGE = 300
"""Seconds for which others may keep our JWK Set."""

NOTICE = 60.0
"""Seconds in which every process has noticed a new key, with much to spare."""

PROPAGATION = JWKS_MAX_AGE + NOTICE
"""Seconds between a key's publication and its first signature."""


@dataclass(frozen=True, slots=True)
class Key:
    """A private key, unsealed."""

    kid: str
    algorithm: str
    created_at: float
    signs_at: float
    """When its turn begins; it ends when that of the next one does."""
    jwk: ECKey | RSAKey = field(repr=False)


class KeyState(Enum):
    WAITS = "waits"
    SIGNS = "signs"
    VERIFIES = "verifies"
    """Its turn is over; what it signed may still be alive."""


def ordered(keys: Sequence[Key]) -> tuple[Key, ...]:
    """By algorithm, and in the order of their turns: a new key comes last, and no other changes its place."""
    return tuple(sorted(keys, key=lambda key: (ALGORITHMS.index(key.algorithm), key.signs_at, key.kid)))


def of_algorithm(keys: Sequence[Key], algorithm: str) -> tuple[Key, ...]:
    return tuple(key for key in ordered(keys) if key.algorithm == algorithm)


def signing(turns: Sequence[Key], now: float) -> Key:
    """Whose turn it is among the keys of one algorithm, in their order; the first one's, where none's has come."""
    for key in reversed(turns):
        if key.signs_at <= now:
            return key
    return turns[0]


def state(key: Key, keys: Sequence[Key], now: float) -> KeyState:
    turns = of_algorithm(keys, key.algorithm)
    current = turns.index(signing(turns, now))
    place = turns.index(key)
    if place == current:
        return KeyState.SIGNS
    return KeyState.WAITS if place > current else KeyState.VERIFIES


def ends_at(key: Key, keys: Sequence[Key]) -> float | None:
    """When nothing that it signed can be alive any more; None while no other key is to follow it."""
    turns = of_algorithm(keys, key.algorithm)
    followers = turns[turns.index(key) + 1 :]
    return followers[0].signs_at + NOTICE + LONGEST_ACCESS_TOKEN if followers else None


def ended(keys: Sequence[Key], now: float) -> tuple[Key, ...]:
    """Those that can go."""
    return tuple(key for key in keys if (end := ends_at(key, keys)) is not None and end <= now)


def due(keys: Sequence[Key], now: float, rotation: float) -> tuple[str, ...]:
    """The algorithms whose youngest key is older than ``rotation`` seconds; none where that is 0."""
    if not rotation:
        return ()
    return tuple(
        algorithm
        for algorithm in ALGORITHMS
        if max((key.created_at for key in keys if key.algorithm == algorithm), default=now) < now - rotation
    )
