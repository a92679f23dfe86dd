"""The device's state machine, step (E): when to poll next, and what a response means (RFC 8628 §3.5).

Everything that decides when a device polls lives here. Pure: ``now`` comes from the caller's monotonic clock
in seconds, one that also counts while a laptop sleeps; nothing here reads a clock, waits or sends.

    state = begin(interval=..., expires_in=..., now=...)
    while isinstance(state, Waiting):
        wait until wake_at(state);  state = woken(state, now)
        if Waiting: send one poll, cut off at state.expires_at; the server may hold it for hold(state, now)
        state = after_poll(state, result, now)   # now = the end of the response

If a server asks for the digits that only the phone shows, the device polls only with digits:

        if awaits_pin(state):
            wait for the person, or until wake_at(state);  state = pin_entered(state, digits)

If it sends a number, the device shows ``state.number`` for the person to type on the phone, and polls on.
"""

from dataclasses import dataclass, field, replace
from typing import assert_never

from pairgrant_protocol.messages import TokenResponse
from pairgrant_protocol.secret import Secret
from pairgrant_protocol.sign_in_end import SignInEnd
from pairgrant_protocol.vocabulary import SLOW_DOWN_STEP, ErrorCode, PairingStage

MAX_BACKOFF = 60.0
"""Seconds; the longest wait that unreachable servers lead to, or twice the interval if that is longer."""

SLOWED_MARGIN = 1.15
"""Factor on the interval after a ``slow_down``: the two clocks run differently (cli/cli#9370)."""


# The results of a poll.
@dataclass(frozen=True, slots=True)
class Pending:
    """``authorization_pending``: the person has not decided yet.

    ``was_held``: the server says (``Preference-Applied: wait``) that it held the response until something
    changed. ``number``: digits for the device to show.
    """

    stage: PairingStage | None = None
    was_held: bool = False
    number: str | None = field(default=None, repr=False)


@dataclass(frozen=True, slots=True)
class SlowDown:
    """``slow_down``; ``interval`` in seconds, if the server sends one."""

    interval: float | None = None


@dataclass(frozen=True, slots=True)
class Unreachable:
    """No response of the protocol: a timeout, a connection error, 429, 5xx, an HTML body.

    ``retry_after`` in seconds.
    """

    reason: str
    retry_after: float | None = None


@dataclass(frozen=True, slots=True)
class Refused:
    """Any other error; its texts come from outside, so they are escaped where they are shown."""

    error: str
    description: str | None = None
    ended: SignInEnd | None = None
    """Why the sign-in ended, in the response to a refresh."""


PollResult = TokenResponse | Pending | SlowDown | Unreachable | Refused


# The states of a pairing.
@dataclass(frozen=True, slots=True)
class Waiting:
    """The person has not decided yet; ``interval`` never shrinks. Instants are seconds, as ``now``."""

    interval: float
    next_poll_at: float
    expires_at: float
    slowed: bool = False
    backoff: float = 0.0
    stage: PairingStage | None = None
    trouble: str | None = None
    """Why the last poll got no response, for the person to read; None if it got one."""
    return_pin: Secret | None = None
    """Digits that the person typed; each poll sends them until the server has found them wrong."""
    wrong_pins: int = 0
    number: str | None = field(default=None, repr=False)
    """Digits to show, in the stage MATCHING_NUMBER only; the person types them on the phone."""


@dataclass(frozen=True, slots=True)
class Authorized:
    tokens: TokenResponse


@dataclass(frozen=True, slots=True)
class Denied:
    """``wrong_pin``: the person did not deny; the digits that were typed were wrong too often."""

    wrong_pin: bool = False


@dataclass(frozen=True, slots=True)
class Expired:
    pass


@dataclass(frozen=True, slots=True)
class Failed:
    error: str
    description: str | None = None


State = Waiting | Authorized | Denied | Expired | Failed


def begin(*, interval: float, expires_in: float, now: float) -> Waiting:
    """The state after step (B); the first poll is due one interval after ``now``."""
    return Waiting(interval=interval, next_poll_at=now + interval, expires_at=now + expires_in)


def wake_at(state: Waiting) -> float:
    """The instant of the next thing to do: the next poll, or the expiry of the code."""
    return state.expires_at if awaits_pin(state) else min(state.next_poll_at, state.expires_at)


def woken(state: Waiting, now: float) -> Waiting | Expired:
    """The state at ``now``, when its poll is sent; a device that slept past the expiry never polls (§3.5)."""
    if now >= state.expires_at:
        return Expired()
    return replace(state, next_poll_at=max(state.next_poll_at, now))


def hold(state: Waiting, now: float) -> float:
    """Seconds for which the server may hold the response to a poll that is sent at ``now``.

    A poll with digits, and the first one after a failure, are not held: the person waits for the result.
    """
    is_urgent = state.return_pin is not None or state.trouble is not None
    return 0.0 if is_urgent else max(state.expires_at - now, 0.0)


def awaits_pin(state: Waiting) -> bool:
    """Whether the person has to type the digits first: without them no poll can succeed."""
    return state.stage is PairingStage.ENTERING_PIN and state.return_pin is None


def pin_entered(state: Waiting, digits: Secret) -> Waiting:
    """``state`` with the digits to send; the poll that sends them keeps the interval like any other."""
    return replace(state, return_pin=digits)


def retried(state: Waiting, now: float) -> Waiting:
    """``state`` when a person asks at ``now`` for the next poll: the back-off ends, the interval stays."""
    factor = SLOWED_MARGIN if state.slowed else 1.0
    sooner = state.next_poll_at - max(state.backoff - state.interval, 0.0) * factor
    return replace(state, backoff=0.0, next_poll_at=min(state.next_poll_at, max(sooner, now)))


def after_poll(state: Waiting, result: PollResult, now: float) -> State:
    """The state after one poll whose response ended at ``now``."""
    match result:
        case TokenResponse():
            return Authorized(result)
        case Refused(error=ErrorCode.ACCESS_DENIED):
            is_pin_checked = state.return_pin is not None and state.stage is not PairingStage.FINISHING
            return Denied(wrong_pin=is_pin_checked)
        case Refused(error=ErrorCode.EXPIRED_TOKEN):
            return Expired()
        case Refused(error=ErrorCode.INVALID_GRANT) if now >= state.expires_at - state.interval:
            return Expired()  # a server that has deleted the code no longer knows that it expired
        case Refused():
            return Failed(result.error, result.description)
        case Pending():
            pending = _still_pending(state, result)
            if _was_really_held(state, result, now):
                return woken(replace(pending, next_poll_at=now), now)
            return _waiting(pending, now)
        case SlowDown():
            # MUST be increased by 5 seconds (§3.5), also if the server's own interval is smaller.
            slower = max(state.interval + SLOW_DOWN_STEP, result.interval or 0.0)
            return _waiting(replace(state, interval=slower, slowed=True, backoff=0.0, trouble=None), now)
        case Unreachable():
            # MUST poll less often after a connection timeout; doubling each time is RECOMMENDED (§3.5).
            longest = max(MAX_BACKOFF, 2 * state.interval)
            doubled = min(2 * max(state.backoff, state.interval), longest)
            backoff = max(doubled, result.retry_after or 0.0)
            return _waiting(replace(state, backoff=backoff, trouble=result.reason), now)
        case _:
            assert_never(result)


def _still_pending(state: Waiting, result: Pending) -> Waiting:
    """``state`` with what a pending response says; digits of the phone are wrong unless it is FINISHING."""
    stage = max(state.stage, result.stage, key=_rank)
    is_wrong = state.return_pin is not None and stage is not PairingStage.FINISHING
    return replace(
        state,
        backoff=0.0,
        stage=stage,
        trouble=None,
        return_pin=None if is_wrong else state.return_pin,
        wrong_pins=state.wrong_pins + is_wrong,
        number=(result.number or state.number) if stage is PairingStage.MATCHING_NUMBER else None,
    )


def _was_really_held(state: Waiting, result: Pending, now: float) -> bool:
    """Whether the server held the response until something changed, so that the next poll may follow at once.

    A return channel may replace polling (§3.5). A server that claims to hold but responds at once is polled
    at its interval like any other.
    """
    took_long = now - state.next_poll_at >= state.interval
    return result.was_held and (took_long or _rank(result.stage) > _rank(state.stage))


def _rank(stage: PairingStage | None) -> int:
    """The position of a stage. Stages only advance, so a server can't cause endless polls by alternating."""
    return -1 if stage is None else list(PairingStage).index(stage)


def _waiting(state: Waiting, now: float) -> Waiting | Expired:
    """``state`` with its next poll set one wait after the end of this response."""
    wait = (state.backoff or state.interval) * (SLOWED_MARGIN if state.slowed else 1.0)
    return woken(replace(state, next_poll_at=now + wait), now)
