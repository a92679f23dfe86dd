"""A sign-in in two processes: one shows the code, another completes the sign-in. For scripts and agents."""

import asyncio
from dataclasses import dataclass, replace
from pathlib import Path

from pairgrant.clock import Clock
from pairgrant.device import Device
from pairgrant.events import CodeIssued
from pairgrant.oauth.oauth_client import OAuthClient
from pairgrant.session.pending_pairing import PendingPairing
from pairgrant.session.pending_pairings import PendingPairings
from pairgrant.session.sign_in_session import SignInSession
from pairgrant.sign_in.device_sign_in import check_prerequisites, device_request, store_tokens
from pairgrant.sign_in.pairing import (
    Announce,
    BegunPairing,
    Outcome,
    begin_pairing,
    poll_until_decided,
)
from pairgrant.sign_in.pin_entry import PinEntry
from pairgrant.sign_in.retry_now import RetryNow
from pairgrant_protocol.polling import Authorized, Denied, Expired, Failed, PollResult, begin
from pairgrant_protocol.secret import Secret
from pairgrant_protocol.vocabulary import DeviceCapability, PairingStage


@dataclass(frozen=True, slots=True)
class Undecided:
    """The person has not decided yet; the pairing waits for the next process."""


@dataclass(frozen=True, slots=True)
class Limit:
    """How long to go on: for some seconds, or for one poll."""

    seconds: float = float("inf")
    is_one_poll: bool = False


@dataclass(frozen=True, slots=True)
class DeferredPairing:
    """A code to show, and the handle by which another process goes on."""

    code: CodeIssued
    handle: str


def pending_pairings(device: Device) -> PendingPairings:
    """The pairings beside the tokens of ``device``."""
    return PendingPairings(Path(device.store.location).parent, device.clock)


async def begin_deferred(device: Device, announce: Announce) -> DeferredPairing:
    """Steps (A) and (B); ``resume`` does the rest.

    Raises:
        PairgrantError: there is no code, or nothing can be stored.
    """
    await check_prerequisites(device, announce)
    request = device_request(device, [DeviceCapability.NUMBER])
    begun = await begin_pairing(device.oauth_client, request, device.clock)
    wall, waiting = device.clock.wall(), begun.waiting
    handle = await pending_pairings(device).add(
        PendingPairing(
            issuer=device.settings.issuer,
            client_id=device.settings.client_id,
            scope=device.settings.scope,
            device_code=begun.device_code,
            verifier=device.oauth_client.verifier_of(begun.device_code),
            interval=waiting.interval,
            expires_at=wall + begun.code.expires_in,
            next_poll_at=wall + waiting.interval,
        )
    )
    return DeferredPairing(begun.code, handle)


async def resume(
    device: Device,
    handle: str,
    announce: Announce,
    entry: PinEntry,
    *,
    limit: Limit,
    retry: RetryNow,
) -> SignInSession | Undecided | Denied | Expired | Failed:
    """Steps (E) and (F) of a deferred sign-in, up to ``limit``.

    Raises:
        NoPairingError: there is no such pairing, or another process has completed it.
        PairgrantError: the server or the files can't be used.
    """
    async with pending_pairings(device).taken(handle) as taken:
        pairing = taken.pairing
        wall = device.clock.wall()
        if pairing.has_expired(wall):
            taken.delete()
            return Expired()
        await check_prerequisites(device, announce)
        await device.oauth_client.refresh_metadata()
        device.oauth_client.remember_verifier(pairing.device_code, pairing.verifier)
        outcome = await _outcome(device, _begun(pairing, device), announce, entry, limit=limit, retry=retry)
        if isinstance(outcome, Undecided):
            taken.keep(replace(pairing, next_poll_at=device.clock.wall() + pairing.interval))
            return outcome
        if isinstance(outcome, Authorized):
            session = await store_tokens(device, outcome.tokens)
            taken.delete()
            return session
        taken.delete()
        return outcome


def _begun(pairing: PendingPairing, device: Device) -> BegunPairing:
    """The pairing as this process goes on with it; a clock that was set back delays it by one interval."""
    now, wall = device.clock.now(), device.clock.wall()
    left = pairing.expires_at - wall
    waiting = begin(interval=pairing.interval, expires_in=left, now=now)
    pause = min(max(pairing.next_poll_at - wall, 0), pairing.interval)
    code = CodeIssued("", "", None, int(left), waiting.expires_at)  # another process has shown it
    return BegunPairing(code, pairing.device_code, replace(waiting, next_poll_at=now + pause))


async def _outcome(
    device: Device,
    begun: BegunPairing,
    announce: Announce,
    entry: PinEntry,
    *,
    limit: Limit,
    retry: RetryNow,
) -> Outcome | Undecided:
    server = _LimitedServer(device.oauth_client, device.clock, limit)
    polling = asyncio.create_task(
        poll_until_decided(server, begun, device.clock, announce, entry, retry=retry)
    )
    ending = asyncio.create_task(server.reach_limit())
    try:
        await asyncio.wait({polling, ending}, return_when=asyncio.FIRST_COMPLETED)
        return polling.result() if polling.done() else Undecided()
    finally:
        polling.cancel()
        ending.cancel()
        await asyncio.gather(polling, ending, return_exceptions=True)


class _LimitedServer:
    """Polls until a limit; a poll under way is always completed, because its response may have the tokens."""

    def __init__(self, client: OAuthClient, clock: Clock, limit: Limit) -> None:
        self._client = client
        self._clock = clock
        self._limit = limit
        self._ends_at = clock.now() + limit.seconds
        self._polling = asyncio.Lock()
        self._has_polled = asyncio.Event()

    async def poll(
        self,
        device_code: Secret,
        known_stage: PairingStage,
        *,
        held_for: float,
        ends_in: float,
        return_pin: Secret | None = None,
    ) -> PollResult:
        left = 0.0 if self._limit.is_one_poll else max(self._ends_at - self._clock.now(), 0.0)
        async with self._polling:
            result = await self._client.poll(
                device_code,
                known_stage,
                held_for=min(held_for, left),
                ends_in=ends_in,
                return_pin=return_pin,
            )
        self._has_polled.set()
        return result

    async def reach_limit(self) -> None:
        """Return at the limit, while no poll is under way."""
        if self._limit.is_one_poll:
            await self._has_polled.wait()
        else:
            await self._clock.wait_until(lambda: self._ends_at)
        async with self._polling:
            pass
