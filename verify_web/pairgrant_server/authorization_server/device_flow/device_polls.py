"""Polls of a device, steps (E) and (F) (RFC 8628 §3.4, §3.5): fetches their facts, carries the verdict out.

Every verdict comes from ``pairgrant_protocol.poll_judgement``. A pending poll costs one read; it is nearly
every request, so its path makes no object and no coroutine that it can do without. ``poll_facts`` reads what
a return PIN or a redeemed grant needs, ``grant_redemption`` changes an approved or redeemed grant.
"""

from collections.abc import Awaitable
from dataclasses import replace

from pairgrant_protocol.pkce import verifier_matches
from pairgrant_protocol.poll_judgement import (
    NO_GRANT,
    Fact,
    Judgement,
    PinFacts,
    PollFacts,
    Verdict,
    is_pin_exhausted,
    judge_poll,
)
from pairgrant_protocol.secret import Secret
from pairgrant_protocol.vocabulary import PairingStage
from pairgrant_server.authorization_server.clock import Clock
from pairgrant_server.authorization_server.device_flow.grant_redemption import GrantRedemption
from pairgrant_server.authorization_server.device_flow.grant_secrets import GrantSecrets
from pairgrant_server.authorization_server.device_flow.held_polls import HeldPolls
from pairgrant_server.authorization_server.device_flow.poll import Poll, PollResponse
from pairgrant_server.authorization_server.device_flow.poll_facts import PollFactReader
from pairgrant_server.authorization_server.device_flow.poll_pace import PollPace
from pairgrant_server.authorization_server.device_flow.return_pin import ReturnPin
from pairgrant_server.authorization_server.limits.network import network_of
from pairgrant_server.authorization_server.model.audience import (
    is_allowed_resource,
    is_narrower_resource,
)
from pairgrant_server.authorization_server.model.polled_grant import PolledGrant
from pairgrant_server.authorization_server.model.records import Client
from pairgrant_server.authorization_server.model.settings import ServerSettings
from pairgrant_server.authorization_server.secrets.opaque_code import OpaqueCode
from pairgrant_server.authorization_server.secrets.server_key import digest, same
from pairgrant_server.authorization_server.store.interface.device_grants import DeviceGrantStore
from pairgrant_server.authorization_server.store.interface.grant_viewers import GrantViewerStore
from pairgrant_server.authorization_server.store.interface.users import UserStore
from pairgrant_server.authorization_server.tokens.connected_devices import ConnectedDevices
from pairgrant_server.authorization_server.tokens.token_issuer import TokenIssuer
from pairgrant_server.security_events import SecurityEvent, emit

_STAGES = {
    Verdict.PIN_REQUIRED: PairingStage.ENTERING_PIN,
    Verdict.HELD: PairingStage.FINISHING,
}
"""What an approved grant that gives no tokens yet waits for."""

_UNDECIDED = (Verdict.PENDING, *_STAGES)

_PENDING = {stage: PollResponse(Verdict.PENDING, stage) for stage in PairingStage}
"""For polls that don't wait."""

_REDEEMED_BY_ANOTHER_POLL = PollResponse(Verdict.PENDING)
"""A held poll was sent before another one redeemed the grant, so it is no reuse of the code. Its connection
may be dead while the device waits on another one, so it must not use the one replay up either.
"""


class DevicePolls:
    """Responds to polls, and turns an approved grant into tokens once."""

    def __init__(
        self,
        *,
        grants: DeviceGrantStore,
        viewers: GrantViewerStore,
        users: UserStore,
        devices: ConnectedDevices,
        issuer: TokenIssuer,
        return_pin: ReturnPin,
        grant_secrets: GrantSecrets,
        poll_pace: PollPace,
        held: HeldPolls,
        settings: ServerSettings,
        clock: Clock,
    ) -> None:
        self._grants = grants
        self._viewers = viewers
        self._secrets = grant_secrets
        self._poll_pace = poll_pace
        self._held = held
        self._settings = settings
        self._clock = clock
        self._facts = PollFactReader(
            grants=grants, users=users, devices=devices, return_pin=return_pin, settings=settings, clock=clock
        )
        self._redemption = GrantRedemption(grants=grants, devices=devices, issuer=issuer, clock=clock)

    def respond(
        self,
        client: Client,
        device_code: Secret,
        *,
        address: str,
        dpop_jkt: str | None = None,
        code_verifier: str | None = None,
        wait: float = 0,
        known_stage: PairingStage | None = None,
        return_pin: Secret | None = None,
        resource: str | None = None,
    ) -> Awaitable[PollResponse]:
        """The response to one poll (§3.5); of many polls with an approved code, one redeems it.

        ``address`` is where the poll came from, ``dpop_jkt`` the thumbprint of the key that it proved (RFC
        9449). A pending response is held for up to ``wait`` seconds, until the verdict or the number changes,
        or the stage differs from ``known_stage``. ``resource`` is what this access token shall be for: some
        of what was approved (RFC 8707 §2.2).
        """
        code = OpaqueCode.parse(device_code)
        if code is None:
            return _at_once(NO_GRANT.verdict)
        if resource is not None and not is_allowed_resource(self._settings, client.policy, resource):
            return _at_once(Verdict.BAD_TARGET)
        poll = (client, code, dpop_jkt, code_verifier, return_pin, resource, address)
        return self._hold(Poll(*poll), wait, known_stage) if wait else self._look(poll)

    async def _hold(self, poll: Poll, wait: float, known_stage: PairingStage | None) -> PollResponse:
        """The response to a poll that may wait."""
        grant_id = poll.code.grant_id
        with self._held.hold(grant_id) as held:
            response = await self._look(poll, is_waiting=True)
            # A poll that sent a PIN is never held: the person has to know at once that it was wrong.
            if held is None or poll.return_pin is not None or response.verdict is Verdict.SLOW_DOWN:
                return response
            known = known_stage or response.stage
            number = response.number and (self._poll_pace.sent_number(grant_id) or response.number)
            held.end_in(min(wait, max(response.changes_at - self._clock(), 0)))
            while (
                response.verdict in _UNDECIDED
                and (response.stage, response.number) == (known, number)
                and not held.has_ended
            ):
                await held.change()
                later = await self._look(poll, is_waiting=True, is_first=False)
                if later is _REDEEMED_BY_ANOTHER_POLL:
                    break
                response = later
            if response.verdict in _UNDECIDED:
                self._poll_pace.stage_sent(grant_id, response.stage, self._clock())
            if response.number is not None:
                self._poll_pace.number_sent(grant_id, response.number, self._clock())
            return replace(response, was_held=True)

    async def _look(
        self,
        poll: tuple[Client, OpaqueCode, str | None, str | None, Secret | None, str | None, str],
        *,
        is_waiting: bool = False,
        is_first: bool = True,
    ) -> PollResponse:
        """Read the grant and judge the poll; only the first look of a held poll counts for its pace.

        ``poll`` has the values of a ``Poll``, which is made only for a grant that is no longer pending.
        """
        client, code, dpop_jkt, code_verifier, _, resource, _ = poll
        grant_id, text = code
        grant = await self._grants.polled_grant(grant_id)
        now = self._clock()
        if grant is None:
            return PollResponse(NO_GRANT.verdict)
        challenge, approved = grant.code_challenge, grant.approved
        facts = PollFacts(
            client.client_id,
            same(grant.device_code_digest, digest(text)),
            grant.dpop_jkt is None or grant.dpop_jkt == dpop_jkt,
            challenge is None or verifier_matches(challenge, code_verifier),
            self._poll_pace.last(grant_id) if is_first else None,
            requires_pin=client.policy.requires_return_pin,
            is_account_usable=approved is not None and approved.is_account_usable,
            held_until=None if approved is None else approved.held_until,
            is_resource_approved=approved is None or is_narrower_resource(approved.resource, resource or ""),
        )
        judged = judge_poll(grant, facts, now)
        if isinstance(judged, Judgement):
            verdict, last_poll, interval = judged
            if last_poll is not None and interval is not None:
                if is_first:
                    if interval > grant.interval:  # a ``slow_down`` is stored before its response is sent
                        await self._grants.set_grant_interval(grant_id, interval)
                    if last_poll is not facts.last_poll:
                        self._poll_pace.remember(grant_id, last_poll, now)
                stage = grant.stage
                if is_waiting or verdict is not Verdict.PENDING or stage is PairingStage.MATCHING_NUMBER:
                    return await self._undecided(verdict, grant, grant_id, interval)
                return _PENDING[stage]
        response = await self._decided(Poll(*poll), grant, facts, judged, is_first=is_first)
        if response is None:  # the grant has changed since it was read: judge it as it is now
            return await self._look(poll, is_waiting=is_waiting, is_first=is_first)
        return response

    async def _undecided(
        self, verdict: Verdict, grant: PolledGrant, grant_id: bytes, interval: int
    ) -> PollResponse:
        number = await self._number(grant_id) if grant.stage is PairingStage.MATCHING_NUMBER else None
        return PollResponse(verdict, grant.stage, interval, number=number, changes_at=grant.expires_at)

    async def _number(self, grant_id: bytes) -> str | None:
        """The number of the account that looked the code up last."""
        accounts = [seen.user_id for seen in await self._viewers.grant_viewers(grant_id) if seen.user_id]
        return self._secrets.number(grant_id, accounts[-1]) if accounts else None

    async def _decided(
        self, poll: Poll, polled: PolledGrant, facts: PollFacts, judged: Judgement | Fact, *, is_first: bool
    ) -> PollResponse | None:
        """Carry out the verdict on a grant that is not pending, after reading the facts that it lacks.

        None: the grant has changed since it was read, so it has to be read and judged again.
        """
        device_id = tokens = None
        if isinstance(judged, Fact):
            if judged is Fact.REDEMPTION and not is_first:
                return _REDEEMED_BY_ANOTHER_POLL
            complete = await self._facts.complete(poll, polled, facts, judged)
            if complete is None:
                return None
            verdict, facts, device_id, tokens = complete
        else:
            verdict = judged.verdict
        if verdict is Verdict.APPROVED and polled.approved is not None:
            return await self._redemption.redeem(poll, polled.approved)
        if verdict is Verdict.DENIED and poll.return_pin is not None and facts.pin is not None:
            self._end_pin_tries(poll, facts.pin)
        if verdict in _STAGES:
            until = facts.held_until if verdict is Verdict.HELD else None
            return PollResponse(
                verdict, _STAGES[verdict], polled.interval, changes_at=until or polled.expires_at
            )
        if verdict is Verdict.REPLAYED and tokens is not None:
            return await self._redemption.repeat(poll, device_id, tokens)
        if verdict is Verdict.REUSED and device_id is not None:
            await self._redemption.end_family(poll, device_id, facts.redemption)
        return PollResponse(verdict)

    def _end_pin_tries(self, poll: Poll, pin: PinFacts) -> None:
        """A poll with a PIN was denied, and a poll that is held for the PIN has failed with it."""
        self._held.wake(poll.code.grant_id)
        if is_pin_exhausted(pin):
            emit(
                SecurityEvent.LIMIT_REACHED,
                network=network_of(poll.address),
                client_id=poll.client.client_id,
                grant_id=poll.code.grant_id,
                limit="return_pin",
            )


async def _at_once(verdict: Verdict) -> PollResponse:
    return PollResponse(verdict)
