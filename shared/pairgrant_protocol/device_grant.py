"""The server's state machine: the life of one device authorization, steps (B) to (F) (RFC 8628 §3.5).

    PENDING -> APPROVED | DENIED        APPROVED -> REDEEMED | DENIED

``decided`` has the first decision of a person; until an approval is redeemed, undoing or reporting it makes
it DENIED. Its device can cancel a grant until then too, which makes it DENIED as well (``can_be_cancelled``).
``poll_judgement`` decides what a poll gets, and so the transition to REDEEMED. The store carries a transition
out as one compare-and-set; of two at once one wins, and the other has changed nothing. Expiry is derived from
``expires_at``, never stored. Pure: ``now`` is Unix time in seconds and comes from the caller.
"""

from enum import StrEnum
from typing import Protocol


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


class Decision(StrEnum):
    """What a person, or an operator in their place, decides about a pending grant."""

    APPROVE = "approve"
    DENY = "deny"


def is_open(grant: GrantFacts, now: float) -> bool:
    """Whether the grant can still be decided: it is pending and has not expired."""
    return grant.status is GrantStatus.PENDING and now < grant.expires_at


def can_be_cancelled(grant: GrantFacts, now: float) -> bool:
    """Whether its device can still end the grant: it has not expired, and nothing was issued for it.

    An approval that is not redeemed is withdrawn, on hold or not.
    """
    return grant.status in {GrantStatus.PENDING, GrantStatus.APPROVED} and now < grant.expires_at


def decided(grant: GrantFacts, decision: Decision, now: float) -> GrantStatus | None:
    """The status that ``decision`` leads to; None if the grant was decided before or has expired."""
    if not is_open(grant, now):
        return None
    return GrantStatus.APPROVED if decision is Decision.APPROVE else GrantStatus.DENIED
