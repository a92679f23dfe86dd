"""When each device last polled, and what it was last told: in memory, because forgetting it only makes the server patient."""

from typing import Generic, TypeVar

from pairgrant_protocol.device_grant import Pace
from pairgrant_protocol.vocabulary import PairingStage

T = TypeVar("T")

_RANK = {stage: rank for rank, stage in enumerate(PairingStage)}


class Paces:
    """Kept for as long as a code lives, at least."""

    def __init__(self, lifetime: float) -> None:
        self._paces: _Generations[Pace] = _Generations(lifetime)
        self._stages: _Generations[PairingStage] = _Generations(lifetime)

    def last(self, grant_id: bytes) -> Pace | None:
        return self._paces.get(grant_id)

    def remember(self, grant_id: bytes, pace: Pace, now: float) -> None:
        self._paces.put(grant_id, pace, now)

    def tell(self, grant_id: bytes, stage: PairingStage, now: float) -> None:
        """A device is told of ``stage``; where that is news, its next poll may come at once and counts as its first.

        Each stage is news once, so that no one gets around the interval by pretending not to know.
        """
        told = self._stages.get(grant_id) or PairingStage.WAITING
        if _RANK[stage] > _RANK[told]:
            self._stages.put(grant_id, stage, now)
            self._paces.drop(grant_id)


class _Generations(Generic[T]):
    """A dict of two generations, each as long as a code lives: what is over falls out without a search."""

    def __init__(self, lifetime: float) -> None:
        self._lifetime = lifetime
        self._young: dict[bytes, T] = {}
        self._old: dict[bytes, T] = {}
        self._turns_at = 0.0

    def get(self, key: bytes) -> T | None:
        young = self._young.get(key)
        return self._old.get(key) if young is None else young

    def put(self, key: bytes, value: T, now: float) -> None:
        if now >= self._turns_at:
            self._old, self._young = self._young, {}
            self._turns_at = now + self._lifetime
        self._young[key] = value

    def drop(self, key: bytes) -> None:
        self._young.pop(key, None)
        self._old.pop(key, None)
