"""Who waits for a place in the queue for passwords, step (D), and whose turn is next; pure.

Callers take turns, and so do the lines of each caller, so whoever sends a hundred sign-ins waits for them and
lets the others pass.
"""

from collections import deque
from collections.abc import Callable
from typing import Generic, TypeVar

Ticket = TypeVar("Ticket")
_Counted = TypeVar("_Counted")


class WaitingLines(Generic[Ticket]):
    """At most ``most`` tickets, in the lines of callers."""

    def __init__(self, most: int) -> None:
        self._most = most
        self._callers: dict[str, dict[str, deque[Ticket]]] = {}

    def __len__(self) -> int:
        return sum(map(_size, self._callers.values()))

    def add(self, caller: str, line: str, ticket: Ticket) -> Ticket | None:
        """Let ``ticket`` wait; the ticket that has to leave for it, which may be itself, or None.

        The last ticket of the longest line leaves, of the caller who has most; among equals, one's own.
        """
        self._callers.setdefault(caller, {}).setdefault(line, deque()).append(ticket)
        if len(self) <= self._most:
            return None
        caller = _longest(self._callers, caller, _size)
        line = _longest(self._callers[caller], line, len)
        leaving = self._callers[caller][line].pop()
        self._forget_empty(caller, line)
        return leaving

    def next(self, may_enter: Callable[[str, str], bool]) -> tuple[str, str, Ticket] | None:
        """Take out the next ticket whose caller and line may enter; both go to the end of the turns."""
        for caller, lines in self._callers.items():
            for line, tickets in lines.items():
                if may_enter(caller, line):
                    self._callers[caller] = self._callers.pop(caller)
                    lines[line] = lines.pop(line)
                    ticket = tickets.popleft()
                    self._forget_empty(caller, line)
                    return caller, line, ticket
        return None

    def remove(self, caller: str, line: str, ticket: Ticket) -> None:
        """``ticket`` no longer waits, for example because its browser has gone."""
        tickets = self._callers.get(caller, {}).get(line)
        if tickets is not None and ticket in tickets:
            tickets.remove(ticket)
            self._forget_empty(caller, line)

    def _forget_empty(self, caller: str, line: str) -> None:
        lines = self._callers[caller]
        if not lines[line]:
            del lines[line]
        if not lines:
            del self._callers[caller]


def _size(lines: dict[str, deque[Ticket]]) -> int:
    return sum(map(len, lines.values()))


def _longest(named: dict[str, _Counted], own: str, size: Callable[[_Counted], int]) -> str:
    """The longest of ``named``; ``own`` if it is one of the longest."""
    return max(named, key=lambda name: (size(named[name]), name == own))
