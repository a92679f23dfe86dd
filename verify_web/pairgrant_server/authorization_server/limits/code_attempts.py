"""Limits on guesses at user codes, step (D) (RFC 8628 §5.1); docs/security.md, "Limits", has the model.

A person who is signed in is judged by account, and by account and network, never by strangers.
"""

import math
from dataclasses import dataclass
from enum import Enum

from pairgrant_protocol.user_code import LENGTH
from pairgrant_server.authorization_server.clock import Clock
from pairgrant_server.authorization_server.limits.code_length import code_length
from pairgrant_server.authorization_server.limits.counter import NOTHING, RecentCounter, Spent
from pairgrant_server.authorization_server.limits.network import PER_SITE, counted_as, counted_network
from pairgrant_server.authorization_server.store.interface.attempts import AttemptStore

PER_NETWORK = 20
"""By people who are not signed in; then they have to sign in before they enter a code."""
PER_ACCOUNT_AND_NETWORK = 10
PER_ACCOUNT = 20
"""From all networks: a session that was stolen elsewhere leaves its owner some tries."""
DELAY = 1.0
"""Seconds that a look-up waits once half of a limit is spent."""

_SERVER = "code server"
_LONGEST_CODE_LIFETIME = 1800


class Allowance(Enum):
    """Whether this code may be looked up now."""

    ALLOWED = "allowed"
    SIGN_IN_FIRST = "sign in first"
    """The budget of strangers on this network is spent; each account has a budget of its own."""
    REFUSED = "refused"


@dataclass(frozen=True, slots=True)
class CodeAttempt:
    """One look-up: whether it is allowed, and the seconds that it has to wait."""

    allowance: Allowance
    delay: float = 0.0
    spent: Spent = NOTHING


def judge_stranger(by_network: int, by_site: int = 0) -> tuple[Allowance, float]:
    """The allowance and the delay of a look-up; the counts, of its network and its IPv6 /48, include it."""
    limits = [(by_network, PER_NETWORK), (by_site, PER_SITE * PER_NETWORK)]
    return _judged(limits, Allowance.SIGN_IN_FIRST)


def judge_account(by_account_and_network: int, by_account: int) -> tuple[Allowance, float]:
    """The same for a person who is signed in."""
    limits = [(by_account_and_network, PER_ACCOUNT_AND_NETWORK), (by_account, PER_ACCOUNT)]
    return _judged(limits, Allowance.REFUSED)


def _judged(limits: list[tuple[int, int]], otherwise: Allowance) -> tuple[Allowance, float]:
    if any(count > limit for count, limit in limits):
        return otherwise, 0.0
    return Allowance.ALLOWED, DELAY if any(2 * count > limit for count, limit in limits) else 0.0


class CodeAttempts:
    """The budgets for guesses at user codes."""

    def __init__(self, store: AttemptStore, clock: Clock) -> None:
        self._counter = RecentCounter(store, clock)
        self._clock = clock
        self._asked_at = -math.inf
        self._length = LENGTH
        self._longest = LENGTH
        self._longest_until = -math.inf

    async def spend(self, *, network: str, user_id: str | None) -> CodeAttempt:
        """Count a look-up from ``network`` by ``user_id``, or by a stranger; a refused one not at all."""
        if user_id is None:
            spent = await self._counter.spend(*(f"code network {name}" for name, _ in counted_as(network)))
            allowance, delay = judge_stranger(*spent.counts)
        else:
            counted = counted_network(network)
            spent = await self._counter.spend(f"code account {user_id} {counted}", f"code account {user_id}")
            allowance, delay = judge_account(*spent.counts)
        if allowance is Allowance.ALLOWED:
            return CodeAttempt(allowance, delay, spent)
        await self._counter.give_back(spent)
        return CodeAttempt(allowance)

    async def give_back(self, attempt: CodeAttempt) -> None:
        """The code was right, or the person's own, so the look-up does not count."""
        await self._counter.give_back(attempt.spent)

    async def count_wrong(self) -> None:
        """An allowed guess was wrong: it counts for the server as a whole."""
        await self._counter.spend(_SERVER)
        await self._counter.spend_today(_SERVER + " day")

    async def code_length(self) -> int:
        """Letters for the next code.

        The counts are read at most once a second, because every device authorization needs them.
        """
        now = self._clock()
        if not self._asked_at <= now < self._asked_at + 1:
            recent = await self._counter.recent(_SERVER)
            in_two_days = await self._counter.in_two_days(_SERVER + " day")
            self._asked_at, self._length = now, code_length(recent, in_two_days)
            if now >= self._longest_until or self._length >= self._longest:
                self._longest, self._longest_until = self._length, now + _LONGEST_CODE_LIFETIME
        return self._length

    async def longest_code(self) -> int:
        """Letters of the longest code that may be live, for the hint of a page."""
        await self.code_length()
        return self._longest
