"""Poll timing per grant, in memory: a process that forgets it only lets a device poll early once."""

from typing import Generic, TypeVar

from pairgrant_protocol.poll_judgement import LastPoll
from pairgrant_protocol.vocabulary import PairingStage

T = TypeVar("T")

_RANK = {stage: rank for rank, stage in enumerate(PairingStage)}


class PollPace:
    """When each device polled last, and the latest stage and number it was sent, for a code's lifetime."""

    def __init__(self, lifetime: float) -> None:
        self._last_polls: _Generations[LastPoll] = _Generations(lifetime)
        self._stages: _Generations[PairingStage] = _Generations(lifetime)
        self._numbers: _Generations[str] = _Generations(lifetime)
        # Every poll calls both, and a method around each would cost another call.
        self.last = self._last_polls.get
        self.remember = self._last_polls.put
        self.sent_number = self._numbers.get
        self.number_sent = self._numbers.put

    def stage_sent(self, grant_id: bytes, stage: PairingStage, now: float) -> None:
        """The response to a held poll carries ``stage``; if it is new, the next poll may come at once.

        Each stage counts as new once: a device can't avoid the interval by claiming not to know it.
        """
        sent = self._stages.get(grant_id) or PairingStage.WAITING
        if _RANK[stage] > _RANK[sent]:
            self._stages.put(grant_id, stage, now)
            self._last_polls.drop(grant_id)


class _Generations(Generic[T]):
    """A dict of two generations, each as long as a code's lifetime: old entries are dropped together."""

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
