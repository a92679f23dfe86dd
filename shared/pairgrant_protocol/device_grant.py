"""The server's state machine: the life of one device authorization, steps (B) to (F) (RFC 8628 §3.5).

    PENDING -> APPROVED | DENIED        APPROVED -> REDEEMED

Everything that decides a poll or a transition lives here, and nothing else does: the store only carries a transition
out as one compare-and-set on ``status``. Expiry is derived from ``expires_at``, never stored. Pure: ``now`` is Unix
time in seconds and comes from the caller.

A poll is judged in this order, and the first line that holds is the answer:

    1. no such grant                  invalid_grant   (nor is it one for whom lacks the key or verifier it is bound to)
    2. another client's grant         invalid_grant
    3. already redeemed               invalid_grant   (the caller may answer a lost first answer again)
    4. past ``expires_at``            expired_token
    5. denied                         access_denied
    6. approved                       tokens: never withheld because the poll came early (a client may ask for a PIN first)
    7. sooner than the interval       slow_down       (+5 s, capped, to be remembered before it is answered)
    8. otherwise                      authorization_pending
"""

from enum import StrEnum
from typing import NamedTuple, Protocol

from pairgrant_protocol.vocabulary import SLOW_DOWN_STEP

MAX_INTERVAL = 60
"""Seconds; ``slow_down`` never takes the interval beyond it."""

EARLY_TOLERANCE = 1.0
"""Seconds that a poll may come early, for clocks and networks that jitter."""

TWIN_WINDOW = 1.0
"""Seconds in which a second poll is the twin of the one before (golang.org/x/oauth2 tries two authentication styles)."""


class GrantStatus(StrEnum):
    PENDING = "pending"
    APPROVED = "approved"
    DENIED = "denied"
    REDEEMED = "redeemed"


class GrantFacts(Protocol):
    """What a judgement needs to know of one grant; ``interval`` and ``expires_at`` in seconds."""

    @property
    def client_id(self) -> str: ...
    @property
    def status(self) -> GrantStatus: ...
    @property
    def expires_at(self) -> float: ...
    @property
    def interval(self) -> int: ...


class Pace(NamedTuple):  # each poll makes one, and a frozen dataclass takes twice as long to make
    """The poll that set the clock: when it came, and whether it was told to slow down."""

    polled_at: float
    slowed: bool = False


class Verdict(StrEnum):
    UNKNOWN = "unknown"
    REDEEMED = "redeemed"
    EXPIRED = "expired"
    DENIED = "denied"
    APPROVED = "approved"
    SLOW_DOWN = "slow_down"
    PENDING = "pending"


class Judgement(NamedTuple):  # as Pace
    """The verdict on one poll, the pace to remember, and the interval from now on (the one to store if it grew)."""

    verdict: Verdict
    pace: Pace | None = None
    interval: int | None = None


def judge_poll(grant: GrantFacts | None, client_id: str, pace: Pace | None, now: float) -> Judgement:
    """What a poll by ``client_id`` at ``now`` is told; the order stands in the docstring of this module."""
    if grant is None or grant.client_id != client_id:
        return Judgement(Verdict.UNKNOWN)
    if grant.status is GrantStatus.REDEEMED:
        return Judgement(Verdict.REDEEMED)
    if now >= grant.expires_at:
        return Judgement(Verdict.EXPIRED)
    if grant.status is GrantStatus.DENIED:
        return Judgement(Verdict.DENIED)
    if grant.status is GrantStatus.APPROVED:
        return Judgement(Verdict.APPROVED)
    return _judge_pace(grant.interval, pace, now)


def _judge_pace(interval: int, pace: Pace | None, now: float) -> Judgement:
    """Lines 7 and 8. The first poll starts the clock; a twin hears what its sibling heard and changes nothing."""
    if pace is None or now < pace.polled_at:  # no poll yet, or the clock was set back
        return Judgement(Verdict.PENDING, Pace(now), interval)
    elapsed = now - pace.polled_at
    if elapsed < TWIN_WINDOW:
        return Judgement(Verdict.SLOW_DOWN if pace.slowed else Verdict.PENDING, pace, interval)
    if elapsed < interval - EARLY_TOLERANCE:
        slower = max(min(interval + SLOW_DOWN_STEP, MAX_INTERVAL), interval)
        return Judgement(Verdict.SLOW_DOWN, Pace(now, slowed=True), slower)
    return Judgement(Verdict.PENDING, Pace(now), interval)


class Decision(StrEnum):
    """What a person, or an operator in their place, may say to a pending grant."""

    APPROVE = "approve"
    DENY = "deny"


def decided(grant: GrantFacts, decision: Decision, now: float) -> GrantStatus | None:
    """The status that ``decision`` leads to, or None where it comes too late: decided before, redeemed or expired."""
    if grant.status is not GrantStatus.PENDING or now >= grant.expires_at:
        return None
    return GrantStatus.APPROVED if decision is Decision.APPROVE else GrantStatus.DENIED


def redeemable(grant: GrantFacts, now: float) -> bool:
    """Whether an approved grant may still become tokens: the condition that a store's redeeming compare-and-set carries."""
    return grant.status is GrantStatus.APPROVED and now < grant.expires_at
