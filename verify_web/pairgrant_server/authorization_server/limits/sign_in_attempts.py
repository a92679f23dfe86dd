"""Limits on guesses at passwords, step (D); docs/security.md, "Limits", has the model.

No count refuses a sign-in, because any count that strangers can spend would lock a person out. Wrong
passwords cost their author: a place in a shorter queue, and a second each. ``accounts/password_queue.py``
bounds how many are verified.
"""

import unicodedata
from dataclasses import dataclass
from enum import Enum

from pairgrant_server.authorization_server.clock import Clock
from pairgrant_server.authorization_server.limits.counter import NOTHING, RecentCounter, Spent
from pairgrant_server.authorization_server.store.interface.attempts import AttemptStore

PER_NAME = 10
"""Wrong passwords from one network, and from one browser that the person has signed in with before."""
PER_NAME_UNDER_ATTACK = 3
"""From one network, while the name is tried from many."""
PER_NETWORK = 100
"""A school of 300, of whom one in five is wrong once, stays below it."""
PER_ACCOUNT = 100
"""From all networks together, by browsers that the account has not used (NIST SP 800-63B-4 §3.2.2: 100)."""
DELAY = 1.0

_MAX_NAME = 200


class Lane(Enum):
    """Which part of the queue for passwords a sign-in may use."""

    KNOWN = "known"
    """A browser in which the person has signed in before."""
    NEW = "new"
    SUSPECT = "suspect"
    """Many wrong passwords came from this network."""


@dataclass(frozen=True, slots=True)
class SignInAttempt:
    """One sign-in: its lane, the network or known browser that shares places, and the seconds to wait."""

    lane: Lane
    caller: str
    delay: float = 0.0
    spent: Spent = NOTHING


def judge_known(by_browser: int) -> tuple[Lane, float]:
    """The lane and the delay of a known browser; the count includes this attempt."""
    return Lane.KNOWN, DELAY if by_browser > PER_NAME else 0.0


def judge_unknown(by_name: int, by_network: int, by_account: int) -> tuple[Lane, float]:
    """The same for a browser that the account has not used."""
    is_under_attack = by_account > PER_ACCOUNT
    per_name = PER_NAME_UNDER_ATTACK if is_under_attack else PER_NAME
    if by_name > per_name or by_network > PER_NETWORK:
        return Lane.SUSPECT, DELAY
    return Lane.NEW, DELAY if is_under_attack else 0.0


class SignInAttempts:
    """Counts wrong passwords by known browser; or by name and network, by network, and by name."""

    def __init__(self, store: AttemptStore, clock: Clock) -> None:
        self._counter = RecentCounter(store, clock)

    async def spend(self, *, network: str, username: str, browser: str | None = None) -> SignInAttempt:
        """Count one attempt by a ``browser`` that is known, or None."""
        if browser is not None:
            spent = await self._counter.spend(f"sign-in browser {browser}")
            lane, delay = judge_known(*spent.counts)
            return SignInAttempt(lane, f"browser {browser}", delay, spent)
        name = _account_key(username)
        spent = await self._counter.spend(f"sign-in {network} {name}", f"sign-in network {network}")
        by_account = await self._counter.spend(f"sign-in account {name}")
        lane, delay = judge_unknown(*spent.counts, *by_account.counts)
        if lane is Lane.SUSPECT:
            # One network alone must not raise the cost for others, however often it tries.
            await self._counter.give_back(by_account)
        else:
            spent = spent.with_(by_account)
        return SignInAttempt(lane, f"network {network}", delay, spent)

    async def give_back(self, attempt: SignInAttempt) -> None:
        """The attempt does not count: the password was right, or it was not verified."""
        await self._counter.give_back(attempt.spent)


def _account_key(username: str) -> str:
    """One key for all spellings of a username: full-width letters must not open a new budget."""
    return unicodedata.normalize("NFKC", username[:_MAX_NAME]).strip().casefold()[:_MAX_NAME]
