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
from pairgrant_server.authorization_server.limits.network import PER_SITE, counted_network, site_of
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
    """Many wrong passwords came from this network, or from its IPv6 /48."""


@dataclass(frozen=True, slots=True)
class SignInAttempt:
    """One sign-in: its lane, and the seconds to wait.

    Sign-ins of one ``caller`` (a network with its IPv6 /48, or a known browser) share its places. Those for
    one name, its ``line``, wait for each other, and not the others of the caller for them.
    """

    lane: Lane
    caller: str
    line: str = ""
    delay: float = 0.0
    spent: Spent = NOTHING


def judge_known(by_browser: int) -> tuple[Lane, float]:
    """The lane and the delay of a known browser; the count includes this attempt."""
    return Lane.KNOWN, DELAY if by_browser > PER_NAME else 0.0


def judge_unknown(
    by_name: int, by_network: int, by_account: int, by_name_in_site: int = 0, by_site: int = 0
) -> tuple[Lane, float]:
    """The same for a browser that the account has not used; ``site`` is the IPv6 /48 of the network."""
    is_under_attack = by_account > PER_ACCOUNT
    per_name = PER_NAME_UNDER_ATTACK if is_under_attack else PER_NAME
    is_network_suspect = by_name > per_name or by_network > PER_NETWORK
    is_site_suspect = by_name_in_site > PER_SITE * per_name or by_site > PER_SITE * PER_NETWORK
    if is_network_suspect or is_site_suspect:
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
            return SignInAttempt(lane, f"browser {browser}", delay=delay, spent=spent)
        network, name = counted_network(network), _account_key(username)
        own = await self._counter.spend(f"sign-in {network} {name}", f"sign-in network {network}")
        shared = await self._counter.spend(f"sign-in account {name}", *_site_subjects(network, name))
        lane, delay = judge_unknown(*own.counts, *shared.counts)
        if lane is Lane.SUSPECT:
            # One network alone must not raise the cost for others, however often it tries.
            await self._counter.give_back(shared)
            spent = own
        else:
            spent = own.with_(shared)
        return SignInAttempt(lane, f"network {site_of(network)}", f"{network} {name}", delay, spent)

    async def give_back(self, attempt: SignInAttempt) -> None:
        """The attempt does not count: the password was right, or it was not verified."""
        await self._counter.give_back(attempt.spent)


def _site_subjects(network: str, name: str) -> tuple[str, ...]:
    site = site_of(network)
    return () if site == network else (f"sign-in {site} {name}", f"sign-in network {site}")


def _account_key(username: str) -> str:
    """One key for all spellings of a username: full-width letters must not open a new budget."""
    return unicodedata.normalize("NFKC", username[:_MAX_NAME]).strip().casefold()[:_MAX_NAME]
