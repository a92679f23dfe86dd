"""The device's state machine, step (E): when to poll next, and what an answer means (RFC 8628 §3.5).

Everything that decides when a device polls lives here. Pure: ``now`` is the caller's monotonic clock in seconds, one
that goes on while a laptop sleeps; nothing here reads a clock, waits or sends.

    state = begin(interval=..., expires_in=..., now=...)
    while isinstance(state, Waiting):
        wait until wake_at(state);  state = woken(state, now)
        if Waiting: send one poll;  state = after_poll(state, answer, now)   # now = when the answer has ended

Where a server asks for the digits that only the phone shows, nothing is polled until there are some:

        if awaits_pin(state):  wait for the person, or until wake_at(state);  state = pin_entered(state, digits)
"""

from dataclasses import dataclass, replace
from typing import assert_never

from pairgrant_protocol.messages import TokenResponse
from pairgrant_protocol.secret import Secret
from pairgrant_protocol.vocabulary import SLOW_DOWN_STEP, ErrorCode, PairingStage

MAX_BACKOFF = 60.0
"""Seconds; the longest wait that lost answers alone lead to, or twice the interval where that is longer."""

SLOWED_MARGIN = 1.15
"""After a ``slow_down`` the two clocks are known to disagree; this share of the interval absorbs it (cli/cli#9370)."""


# What a poll can bring.
@dataclass(frozen=True, slots=True)
class Pending:
    """``authorization_pending``: the person has not decided yet.

    ``was_held``: the server said that it kept the answer back until there was news (``Preference-Applied: wait``).
    """

    stage: PairingStage | None = None
    was_held: bool = False


@dataclass(frozen=True, slots=True)
class SlowDown:
    """``slow_down``; ``interval`` in seconds, where the server says it."""

    interval: float | None = None


@dataclass(frozen=True, slots=True)
class Unreachable:
    """No answer of the protocol: a timeout, a connection error, 429, 5xx, an HTML body. ``retry_after`` in seconds."""

    reason: str
    retry_after: float | None = None


@dataclass(frozen=True, slots=True)
class Refused:
    """Any other error; what it says comes from outside and is made visible where it is shown."""

    error: str
    description: str | None = None


PollResult = TokenResponse | Pending | SlowDown | Unreachable | Refused


# What a pairing can be.
@dataclass(frozen=True, slots=True)
class Waiting:
    """The person decides; ``interval`` never shrinks. Instants are seconds of the caller's monotonic clock."""

    interval: float
    next_poll_at: float
    expires_at: float
    slowed: bool = False
    backoff: float = 0.0
    stage: PairingStage | None = None
    trouble: str | None = None
    """Why the last poll brought nothing, for the person to read; None when the server answered."""
    return_pin: Secret | None = None
    """Digits that the person typed and the server has not judged yet; each poll carries them until it has."""
    wrong_pins: int = 0


@dataclass(frozen=True, slots=True)
class Authorized:
    tokens: TokenResponse


@dataclass(frozen=True, slots=True)
class Denied:
    """``wrong_pin``: not by the person, but because the digits that were typed were wrong too often."""

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
    """The state after step (B); the first poll is due one interval from ``now``, never at once."""
    return Waiting(interval=interval, next_poll_at=now + interval, expires_at=now + expires_in)


def wake_at(state: Waiting) -> float:
    """The instant at which there is something to do: the next poll, or the end of the code."""
    return state.expires_at if awaits_pin(state) else min(state.next_poll_at, state.expires_at)


def woken(state: Waiting, now: float) -> Waiting | Expired:
    """The state at ``now``, whose poll is sent now; a device that slept past the end never polls again (§3.5)."""
    if now >= state.expires_at:
        return Expired()
    return replace(state, next_poll_at=max(state.next_poll_at, now))


def awaits_pin(state: Waiting) -> bool:
    """Whether the person is to type what the phone shows: until then a poll could bring nothing."""
    return state.stage is PairingStage.ENTERING_PIN and state.return_pin is None


def pin_entered(state: Waiting, digits: Secret) -> Waiting:
    """``state`` with the digits to send; the poll that carries them keeps the interval like any other."""
    return replace(state, return_pin=digits)


def after_poll(state: Waiting, answer: PollResult, now: float) -> State:
    """The state after one poll whose answer ended at ``now``."""
    match answer:
        case TokenResponse():
            return Authorized(answer)
        case Refused(error=ErrorCode.ACCESS_DENIED):
            return Denied(wrong_pin=state.return_pin is not None)
        case Refused(error=ErrorCode.EXPIRED_TOKEN):
            return Expired()
        case Refused():
            return Failed(answer.error, answer.description)
        case Pending():
            stage = max(state.stage, answer.stage, key=_rank)
            wrong_pins = state.wrong_pins + (state.return_pin is not None)
            heard = replace(
                state, backoff=0.0, stage=stage, trouble=None, return_pin=None, wrong_pins=wrong_pins
            )
            if _kept_its_word(state, answer, now):
                return woken(replace(heard, next_poll_at=now), now)
            return _waiting(heard, now)
        case SlowDown():
            # MUST be increased by 5 seconds (§3.5), also where the server's own number lags behind.
            slower = max(state.interval + SLOW_DOWN_STEP, answer.interval or 0.0)
            return _waiting(replace(state, interval=slower, slowed=True, backoff=0.0, trouble=None), now)
        case Unreachable():
            # MUST poll less often after a connection timeout; doubling each time is RECOMMENDED (§3.5).
            longest = max(MAX_BACKOFF, 2 * state.interval)
            doubled = min(2 * max(state.backoff, state.interval), longest)
            backoff = max(doubled, answer.retry_after or 0.0)
            return _waiting(replace(state, backoff=backoff, trouble=answer.reason), now)
        case _:
            assert_never(answer)


def _kept_its_word(state: Waiting, answer: Pending, now: float) -> bool:
    """Whether the answer was held until there was news, so that the next poll may follow at once.

    A return channel may replace polling (§3.5). A server that only says so, and answers at once, is polled at its
    interval like any other.
    """
    took_its_time = now - state.next_poll_at >= state.interval
    return answer.was_held and (took_its_time or _rank(answer.stage) > _rank(state.stage))


def _rank(stage: PairingStage | None) -> int:
    """How far along a stage is; it only ever advances, so that news of it can't be had for ever."""
    return -1 if stage is None else list(PairingStage).index(stage)


def _waiting(state: Waiting, now: float) -> Waiting | Expired:
    """``state`` with its next poll set one wait after the end of this answer."""
    wait = (state.backoff or state.interval) * (SLOWED_MARGIN if state.slowed else 1.0)
    return woken(replace(state, next_poll_at=now + wait), now)
