"""The verdict on a poll, the device access token request of steps (E) and (F) (RFC 8628 §3.4, §3.5).

Everything that decides a poll lives here: the services fetch facts and carry the verdict out. Pure: ``now``
is Unix time in seconds and comes from the caller.

A poll is judged in this order; the first line that applies gives the verdict:

    1. no such grant, or another device_code     UNKNOWN       invalid_grant
    2. another client's grant                    UNKNOWN       invalid_grant
    3. bound to a DPoP key (RFC 9449) that the
       poll did not prove                        UNKNOWN       invalid_grant
    4. bound to a PKCE challenge (RFC 7636)
       without its code_verifier                 UNKNOWN       invalid_grant
    5. redeemed, and
       a. device revoked or account unusable     REDEEMED      invalid_grant
       b. after the replay window                REUSED        invalid_grant, and the device is revoked
       c. from another network, without a key    REUSED        invalid_grant, and the device is revoked
       d. device refreshed                       REDEEMED      invalid_grant
       e. response not kept: repeated before     REUSED        invalid_grant, and the device is revoked
       f. asks for other resources               BAD_TARGET    invalid_target
       g. otherwise                              REPLAYED      the same tokens again, once
    6. past ``expires_at``                       EXPIRED       expired_token
    7. denied, or cancelled by the device        DENIED        access_denied
    8. approved, and the client requires a return PIN, but
       a. too many wrong ones were sent          DENIED        access_denied
       b. none or a wrong one came with the poll PIN_REQUIRED  authorization_pending
    9. approved, but on hold: before
       ``held_until``                            HELD          authorization_pending
   10. approved, but the account is unusable     DENIED        access_denied
   11. approved, but asks for resources
       (RFC 8707) beyond the approval            BAD_TARGET    invalid_target; the grant stays approved
   12. approved                                  APPROVED      tokens, however early the poll came
   13. sooner than the interval                  SLOW_DOWN     slow_down: +5 s, at most 60 s, stored first
   14. otherwise                                 PENDING       authorization_pending

Line 7: ``access_denied`` ends the polling of every client. ``expired_token`` would not do for a cancelled
grant, because some clients request the next code by themselves when one has expired.

A device that cancels its grant has to prove the same as a poll: lines 1 to 4 (``is_from_its_device``).

Lines 5 and 8 need facts that cost a read. ``judge_poll`` returns the ``Fact`` it lacks instead of a verdict,
so that the caller reads it only then and asks again. A pending poll never needs one.
"""

from enum import Enum, StrEnum
from typing import NamedTuple

from pairgrant_protocol.device_grant import GrantFacts, GrantStatus
from pairgrant_protocol.replay import is_replayable
from pairgrant_protocol.vocabulary import RETURN_PIN_TRIES, SLOW_DOWN_STEP

MAX_INTERVAL = 60
"""Seconds; ``slow_down`` never takes the interval beyond it."""

EARLY_TOLERANCE = 1.0
"""Seconds that a poll may come early, because clocks and networks jitter."""

TWIN_WINDOW = 1.0
"""Seconds in which a second poll is a twin of the first.

golang.org/x/oauth2 sends each poll twice, because it tries two authentication styles.
"""


class LastPoll(NamedTuple):  # one is made for each poll, and a frozen dataclass takes twice as long to make
    """The poll from which the interval counts: when it came, and whether its response was ``slow_down``."""

    polled_at: float
    slowed: bool = False


class PinFacts(NamedTuple):
    """Tries at a return PIN, this poll's included, and whether this one is right; None if it sent none."""

    tries: int
    is_right: bool | None = None


class RedemptionFacts(NamedTuple):
    """What a redeemed grant led to: the state of its device, and whether its response can be repeated."""

    redeemed_at: float | None
    is_device_active: bool
    """The connected device exists and is not revoked."""
    is_account_usable: bool
    is_refreshed: bool
    """The device has used its refresh token, so it did receive the response."""
    has_response: bool
    """The token response is kept, sealed under this device_code; it is kept until it was repeated once."""
    is_same_caller: bool = True
    """The poll came from the network that got the response, or proved the key that the grant is bound to."""
    resource_matches: bool = True
    """The kept response is for the resources that the poll names, or the poll names none."""


class PollFacts(NamedTuple):  # one for each poll, as LastPoll
    """The facts of one poll. Those that cost a read are None until the judgement asks for them."""

    client_id: str
    code_matches: bool = False
    """The device_code is the grant's own."""
    key_matches: bool = False
    """The grant is bound to no DPoP key, or the poll proved it."""
    verifier_matches: bool = False
    """The grant is bound to no code_challenge, or the poll brought its code_verifier."""
    last_poll: LastPoll | None = None
    requires_pin: bool = False
    """The client's policy requires a return PIN."""
    pin: PinFacts | None = None
    is_account_usable: bool = False
    """The account that approved exists and is not locked."""
    held_until: float | None = None
    """Until when the approval can be undone on the phone (Unix time in seconds)."""
    is_resource_approved: bool = True
    """The approval covers the resources that the poll names (RFC 8707 §2.2)."""
    redemption: RedemptionFacts | None = None


class Fact(Enum):
    """A fact that the judgement of a poll lacks."""

    PIN = "pin"
    REDEMPTION = "redemption"


class Verdict(StrEnum):
    UNKNOWN = "unknown"
    REDEEMED = "redeemed"
    REUSED = "reused"
    REPLAYED = "replayed"
    EXPIRED = "expired"
    DENIED = "denied"
    PIN_REQUIRED = "pin_required"
    HELD = "held"
    BAD_TARGET = "bad_target"
    APPROVED = "approved"
    SLOW_DOWN = "slow_down"
    PENDING = "pending"


class Judgement(NamedTuple):  # one for each poll, as LastPoll
    """The verdict on one poll; for lines 13 and 14 also the last poll to remember and the new interval."""

    verdict: Verdict
    last_poll: LastPoll | None = None
    interval: int | None = None


NO_GRANT = Judgement(Verdict.UNKNOWN)
"""Lines 1 to 4; also the verdict on text that can't be a device_code, for which no grant is looked up."""


def judge_poll(grant: GrantFacts | None, poll: PollFacts, now: float) -> Judgement | Fact:
    """The verdict on a poll at ``now``, or the fact it lacks; the module's docstring has the order."""
    if grant is None or not is_from_its_device(grant, poll):
        return NO_GRANT
    status = grant.status
    if status is GrantStatus.PENDING and now < grant.expires_at:  # nearly every poll
        return _judge_pace(grant.interval, poll.last_poll, now)
    if status is GrantStatus.REDEEMED:
        return Fact.REDEMPTION if poll.redemption is None else Judgement(_of_redeemed(poll.redemption, now))
    if now >= grant.expires_at:
        return Judgement(Verdict.EXPIRED)
    if status is GrantStatus.DENIED:
        return Judgement(Verdict.DENIED)
    return _judge_approved(poll, now)


def is_from_its_device(grant: GrantFacts, poll: PollFacts) -> bool:
    """Lines 1 to 4: whether the request comes from the device that ``grant`` was issued to."""
    return (
        poll.code_matches and grant.client_id == poll.client_id and poll.key_matches and poll.verifier_matches
    )


def _of_redeemed(redemption: RedemptionFacts, now: float) -> Verdict:
    """Line 5."""
    if not (redemption.is_device_active and redemption.is_account_usable):
        return Verdict.REDEEMED
    if not (is_replayable(redemption.redeemed_at, now) and redemption.is_same_caller):
        return Verdict.REUSED
    if redemption.is_refreshed:
        return Verdict.REDEEMED
    if not redemption.has_response:
        return Verdict.REUSED
    return Verdict.REPLAYED if redemption.resource_matches else Verdict.BAD_TARGET


def _judge_approved(poll: PollFacts, now: float) -> Judgement | Fact:
    """Lines 8 to 12."""
    if poll.requires_pin:
        if poll.pin is None:
            return Fact.PIN
        if is_pin_exhausted(poll.pin):
            return Judgement(Verdict.DENIED)
        if not poll.pin.is_right:
            return Judgement(Verdict.PIN_REQUIRED)
    if poll.held_until is not None and now < poll.held_until:
        return Judgement(Verdict.HELD)
    if not poll.is_account_usable:
        return Judgement(Verdict.DENIED)
    return Judgement(Verdict.APPROVED if poll.is_resource_approved else Verdict.BAD_TARGET)


def is_pin_exhausted(pin: PinFacts) -> bool:
    """Line 8a: too many tries were wrong. The last allowed try may be right; no later one counts."""
    return pin.tries > RETURN_PIN_TRIES if pin.is_right else pin.tries >= RETURN_PIN_TRIES


def _judge_pace(interval: int, last_poll: LastPoll | None, now: float) -> Judgement:
    """Lines 13 and 14. The first poll starts the interval; a twin gets the same verdict, without effect."""
    if last_poll is None or now < last_poll.polled_at:  # no poll yet, or the clock was set back
        return Judgement(Verdict.PENDING, LastPoll(now), interval)
    elapsed = now - last_poll.polled_at
    if elapsed < TWIN_WINDOW:
        return Judgement(Verdict.SLOW_DOWN if last_poll.slowed else Verdict.PENDING, last_poll, interval)
    if elapsed < interval - EARLY_TOLERANCE:
        slower = max(min(interval + SLOW_DOWN_STEP, MAX_INTERVAL), interval)
        return Judgement(Verdict.SLOW_DOWN, LastPoll(now, slowed=True), slower)
    return Judgement(Verdict.PENDING, LastPoll(now), interval)
