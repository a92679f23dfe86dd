"""Which security events get a line of their own, and which are only counted, when very many are alike.

The first of each kind is written at once, then at most one line a minute, which counts the others. No I/O.
"""

from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, NamedTuple

INTERVAL = 60.0
"""Seconds between two lines of one kind."""

MOST_KINDS = 1000
"""Kinds that are told apart at one time. All further ones are one kind of ``OTHER_NETWORKS``."""

MOST_KINDS_OF_A_NETWORK = 20
"""Kinds of one network, because a stranger can invent any number of client_ids."""

OTHER_NETWORKS = "other networks"

Facts = Mapping[str, Any]

_WHO = ("client_id", "username", "user_id", "limit", "upstream", "peer", "reason")
"""Facts that tell two events of one network apart."""


class _Kind(NamedTuple):
    """``who`` is empty where the kinds of a network, or of all networks, are too many."""

    event: str
    network: str | None
    who: tuple[Any, ...] = ()


@dataclass(slots=True)
class _Count:
    written_at: float
    left_out: int = 0
    facts: Facts = field(default_factory=dict)
    """Of the last event that was left out."""


class EventFlood:
    """``clock`` is in seconds, and never goes back."""

    def __init__(self, clock: Callable[[], float]) -> None:
        self._clock = clock
        self._counts: dict[_Kind, _Count] = {}
        self._kinds_of: Counter[str | None] = Counter()

    def admit(self, event: str, facts: Facts) -> Facts | None:
        """The facts to write now; None if the event is only counted.

        A line whose facts have a ``count`` stands for so many events, any other line for one.
        """
        now = self._clock()
        kind = self._kind(event, facts)
        shown = facts if kind.who else {"network": kind.network}
        count = self._counts.get(kind)
        if count is None:
            self._counts[kind] = _Count(now)
            self._kinds_of[kind.network] += 1
            return shown
        count.left_out += 1
        count.facts = shown
        return _line(count, now) if now - count.written_at >= INTERVAL else None

    def due(self, *, at_end: bool = False) -> list[tuple[str, Facts]]:
        """The lines that count what was left out and waits for a minute, or for any time ``at_end``.

        Kinds of which nothing came for a minute are forgotten.
        """
        now = self._clock()
        lines: list[tuple[str, Facts]] = []
        for kind, count in list(self._counts.items()):
            if now - count.written_at < INTERVAL and not at_end:
                continue
            if count.left_out:
                lines.append((kind.event, _line(count, now)))
            else:
                self._forget(kind)
        return lines

    def _kind(self, event: str, facts: Facts) -> _Kind:
        """The most exact kind that is known already, or that there is a place for."""
        network = facts.get("network")
        own = _Kind(event, network, tuple(facts.get(name) for name in _WHO))
        of_network = _Kind(event, network)
        has_place = len(self._counts) < MOST_KINDS
        if own in self._counts or (has_place and self._kinds_of[network] < MOST_KINDS_OF_A_NETWORK):
            return own
        if of_network in self._counts or has_place:
            return of_network
        return _Kind(event, OTHER_NETWORKS)

    def _forget(self, kind: _Kind) -> None:
        del self._counts[kind]
        self._kinds_of[kind.network] -= 1
        if not self._kinds_of[kind.network]:
            del self._kinds_of[kind.network]


def _line(count: _Count, now: float) -> Facts:
    """The line for what ``count`` left out, which then starts from zero."""
    facts = {**count.facts, "count": count.left_out} if count.left_out > 1 else count.facts
    count.written_at, count.left_out, count.facts = now, 0, {}
    return facts
