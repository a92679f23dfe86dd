"""One pairing from the device's side, steps (A), (B), (E) and (F): start, show, poll, end; no screen, no
file.

The rules of polling are in ``pairgrant_protocol.polling``; this module applies them with a server and a clock
that are passed in.
"""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import Protocol

from pairgrant.clock import Clock
from pairgrant.errors import SlowDownError
from pairgrant.events import (
    CodeIssued,
    NumberShown,
    PairingEvent,
    PinRequested,
    PollFailed,
    PollRecovered,
    StageReached,
)
from pairgrant.sign_in.pin_entry import NO_ENTRY, PinEntry
from pairgrant.sign_in.retry_now import RetryNow
from pairgrant_protocol.messages import DeviceAuthorizationRequest, DeviceAuthorizationResponse
from pairgrant_protocol.polling import (
    Authorized,
    Denied,
    Expired,
    Failed,
    PollResult,
    State,
    Waiting,
    after_poll,
    awaits_pin,
    begin,
    hold,
    pin_entered,
    retried,
    wake_at,
    woken,
)
from pairgrant_protocol.secret import Secret
from pairgrant_protocol.vocabulary import DeviceCapability, PairingStage

_SLOWED_STARTS = (5.0, 10.0)
"""Seconds to wait before a request for a code is repeated that the server met with ``slow_down``."""

Outcome = Authorized | Denied | Expired | Failed
Announce = Callable[[PairingEvent], object]


class PolledServer(Protocol):
    """The request that asks for the person's decision."""

    async def poll(
        self,
        device_code: Secret,
        known_stage: PairingStage,
        *,
        held_for: float,
        ends_in: float,
        return_pin: Secret | None = None,
    ) -> PollResult: ...


class PairingServer(PolledServer, Protocol):
    """The requests that a pairing makes; ``OAuthClient`` implements it."""

    async def authorize_device(self, request: DeviceAuthorizationRequest) -> DeviceAuthorizationResponse: ...

    def cancel(self, device_code: Secret) -> None:
        """Begin to tell the server that no person waits for this code any more; never fails."""


@dataclass(frozen=True, slots=True)
class BegunPairing:
    """A pairing whose code can be shown."""

    code: CodeIssued
    device_code: Secret
    waiting: Waiting


async def pair(
    server: PairingServer,
    request: DeviceAuthorizationRequest,
    clock: Clock,
    announce: Announce,
    entry: PinEntry = NO_ENTRY,
    *,
    retry: RetryNow | None = None,
) -> Outcome:
    """Run one pairing to its end; events go to ``announce``, and typed digits come from ``entry``.

    The pairing ends when its code expires: a new code is requested only by the person (RFC 8628 §3.5). If it
    is left before, its code is cancelled.

    Raises:
        PinRequiredError: the server requires digits that can't be typed here.
        PairgrantError: the pairing could not begin.
    """
    begun = await begin_pairing(server, request, clock)
    try:
        announce(begun.code)
        return await poll_until_decided(server, begun, clock, announce, entry, retry=retry or RetryNow())
    except BaseException:
        server.cancel(begun.device_code)
        raise


async def begin_pairing(
    server: PairingServer, request: DeviceAuthorizationRequest, clock: Clock
) -> BegunPairing:
    """Steps (A) and (B).

    Raises:
        PairgrantError: there is no code.
    """
    grant = await _authorized(server, request, clock)
    shows_fresh_qr = DeviceCapability.FRESH_SCAN in request.capabilities
    waiting = begin(interval=grant.interval, expires_in=grant.expires_in, now=clock.now())
    code = CodeIssued(
        user_code=grant.user_code,
        verification_uri=grant.verification_uri,
        verification_uri_complete=grant.verification_uri_complete,
        expires_in=grant.expires_in,
        expires_at=waiting.expires_at,
        proof_key=grant.proof_key if shows_fresh_qr else None,
        interval=grant.interval,
    )
    return BegunPairing(code, grant.device_code, waiting)


async def _authorized(
    server: PairingServer, request: DeviceAuthorizationRequest, clock: Clock
) -> DeviceAuthorizationResponse:
    """The response to step (A); a server that asks to slow down is asked again, a few times."""
    for wait in _SLOWED_STARTS:
        try:
            return await server.authorize_device(request)
        except SlowDownError as error:
            if (error.retry_after or 0) > wait:
                raise
            until = clock.now() + wait
            await clock.wait_until(partial(float, until))
    return await server.authorize_device(request)


async def poll_until_decided(
    server: PolledServer,
    begun: BegunPairing,
    clock: Clock,
    announce: Announce,
    entry: PinEntry,
    *,
    retry: RetryNow,
) -> Outcome:
    """Steps (E) and (F): poll until the person has decided, or the code expires; ``retry`` ends a back-off.

    Raises:
        PinRequiredError: the server requires digits that can't be typed here.
    """
    waiting = begun.waiting
    failing_since: float | None = None
    while True:
        if awaits_pin(waiting) and (digits := await _typed_in_time(entry, waiting, clock)):
            waiting = pin_entered(waiting, digits)
        waiting = await _awake(waiting, clock, retry)
        state: State = woken(waiting, clock.now())
        if isinstance(state, Waiting):
            now = clock.now()
            result = await server.poll(
                begun.device_code,
                state.stage or PairingStage.WAITING,
                held_for=hold(state, now),
                ends_in=state.expires_at - now,
                return_pin=state.return_pin,
            )
            state = after_poll(state, result, clock.now())
        if not isinstance(state, Waiting):
            if waiting.trouble is not None and not isinstance(state, Expired):
                announce(PollRecovered())
            return state
        failing_since = None if state.trouble is None else failing_since or clock.wall()
        for event in _changes(waiting, state, failing_since):
            announce(event)
        waiting = state


async def _awake(waiting: Waiting, clock: Clock, retry: RetryNow) -> Waiting:
    """``waiting`` when it is time for the next poll; a person can end the wait after a failed one."""
    if waiting.trouble is not None and await retry.wait(clock, partial(wake_at, waiting)):
        waiting = retried(waiting, clock.now())
    await clock.wait_until(partial(wake_at, waiting))
    return waiting


async def _typed_in_time(entry: PinEntry, waiting: Waiting, clock: Clock) -> Secret | None:
    """The digits that are typed next; None if the code expires before."""
    typing = asyncio.ensure_future(entry.digits())
    ending = asyncio.ensure_future(clock.wait_until(partial(wake_at, waiting)))
    try:
        await asyncio.wait({typing, ending}, return_when=asyncio.FIRST_COMPLETED)
        return typing.result() if typing.done() else None
    finally:
        typing.cancel()
        ending.cancel()
        await asyncio.gather(typing, ending, return_exceptions=True)


def _changes(before: Waiting, after: Waiting, failing_since: float | None) -> list[PairingEvent]:
    """The events of one step; a longer interval causes none."""
    events: list[PairingEvent] = []
    if after.trouble is not None:
        events.append(PollFailed(after.trouble, after.next_poll_at, failing_since))
    elif before.trouble is not None:
        events.append(PollRecovered())
    if after.stage is not None and after.stage is not before.stage:
        events.append(StageReached(after.stage))
    if after.number is not None and after.number != before.number:
        events.append(NumberShown(after.number))
    if awaits_pin(after):
        events.append(PinRequested(after.wrong_pins))
    return events
