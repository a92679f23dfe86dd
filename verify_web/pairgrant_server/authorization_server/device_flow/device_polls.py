"""Polls of a device, steps (E) and (F) (RFC 8628 §3.4, §3.5): fetches their facts, carries the verdict out.

Every verdict comes from ``pairgrant_protocol.poll_judgement``. A pending poll costs one read.
"""

from dataclasses import dataclass, field
from typing import NamedTuple

import structlog

from pairgrant_protocol.pkce import verifier_matches
from pairgrant_protocol.poll_judgement import (
    NO_GRANT,
    Fact,
    Judgement,
    PollFacts,
    RedemptionFacts,
    Verdict,
    is_pin_exhausted,
    judge_poll,
)
from pairgrant_protocol.replay import is_replayable
from pairgrant_protocol.secret import Secret
from pairgrant_protocol.visible_text import visible
from pairgrant_protocol.vocabulary import GrantType, PairingStage
from pairgrant_server.authorization_server.clock import Clock
from pairgrant_server.authorization_server.device_flow.grant_secrets import GrantSecrets
from pairgrant_server.authorization_server.device_flow.held_polls import HeldPolls
from pairgrant_server.authorization_server.device_flow.poll_pace import PollPace
from pairgrant_server.authorization_server.device_flow.return_pin import ReturnPin
from pairgrant_server.authorization_server.limits.network import network_of
from pairgrant_server.authorization_server.model.audience import is_allowed_resource, is_narrower_resource
from pairgrant_server.authorization_server.model.records import Client, DeviceGrant, PolledGrant, User
from pairgrant_server.authorization_server.model.settings import ServerSettings
from pairgrant_server.authorization_server.secrets.opaque_code import OpaqueCode
from pairgrant_server.authorization_server.secrets.server_key import digest, same
from pairgrant_server.authorization_server.store.interface.device_grants import DeviceGrantStore
from pairgrant_server.authorization_server.store.interface.users import UserStore
from pairgrant_server.authorization_server.tokens.connected_devices import ConnectedDevices
from pairgrant_server.authorization_server.tokens.replay import (
    is_for_resource,
    is_same_caller,
    lost_response,
    reason_of_end,
    seal_response,
)
from pairgrant_server.authorization_server.tokens.token_issuer import TokenIssuer
from pairgrant_server.security_events import SecurityEvent, emit

log = structlog.get_logger()

_STAGES = {
    Verdict.PIN_REQUIRED: PairingStage.ENTERING_PIN,
    Verdict.HELD: PairingStage.FINISHING,
}
"""What an approved grant that gives no tokens yet waits for."""

_UNDECIDED = (Verdict.PENDING, *_STAGES)


@dataclass(slots=True)
class PollResponse:
    """The response to one poll; ``tokens`` is the JSON of a token response (APPROVED, REPLAYED)."""

    verdict: Verdict
    tokens: bytes = field(default=b"", repr=False)
    interval: int = 0
    stage: PairingStage = PairingStage.WAITING
    expires_at: float = 0
    held_until: float | None = None
    """When the hold of an approval ends (HELD); Unix time in seconds."""
    number: str | None = field(default=None, repr=False)
    """The digits for the device to show, in the stage ``matching_number``."""
    was_held: bool = False
    """Whether the preference to wait was honoured, so that the next poll may follow at once."""


class _Poll(NamedTuple):
    """What one poll brought."""

    client: Client
    code: OpaqueCode
    dpop_jkt: str | None
    code_verifier: str | None
    return_pin: Secret | None
    resource: str | None
    address: str


class _Approval(NamedTuple):
    """An approved grant, and the usable account that approved it."""

    grant: DeviceGrant
    user: User
    auth_time: float


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
        self._users = users
        self._devices = devices
        self._issuer = issuer
        self._return_pin = return_pin
        self._secrets = grant_secrets
        self._poll_pace = poll_pace
        self._held = held
        self._settings = settings
        self._clock = clock

    async def respond(
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
    ) -> PollResponse:
        """The response to one poll (§3.5); of many polls with an approved code, one redeems it.

        ``address`` is where the poll came from, ``dpop_jkt`` the thumbprint of the key that it proved (RFC
        9449). A pending response is held for up to ``wait`` seconds, until the verdict changes or the stage
        differs from ``known_stage``. ``resource`` is what this access token shall be for: some of what was
        approved (RFC 8707 §2.2).
        """
        code = OpaqueCode.parse(device_code)
        if code is None:
            return PollResponse(NO_GRANT.verdict)
        if resource is not None and not is_allowed_resource(self._settings, client.policy, resource):
            return PollResponse(Verdict.BAD_TARGET)
        poll = _Poll(client, code, dpop_jkt, code_verifier, return_pin, resource, address)
        if not wait:
            return await self._look(poll)
        with self._held.hold(code.grant_id) as held:
            response = await self._look(poll)
            # A poll that sent a PIN is never held: the person has to know at once that it was wrong.
            if held is None or return_pin is not None or response.verdict is Verdict.SLOW_DOWN:
                return response
            known = known_stage or response.stage
            until = response.held_until or response.expires_at
            held.end_in(min(wait, max(until - self._clock(), 0)))
            while response.verdict in _UNDECIDED and response.stage == known and not held.has_ended:
                await held.change()
                later = await self._look(poll, is_first=False)
                if later is _REDEEMED_BY_ANOTHER_POLL:
                    break
                response = later
            if response.verdict in _UNDECIDED:
                self._poll_pace.stage_sent(code.grant_id, response.stage, self._clock())
            response.was_held = True
            return response

    async def _look(self, poll: _Poll, *, is_first: bool = True) -> PollResponse:
        """Read the grant and judge the poll; only the first look of a held poll counts for its pace."""
        client, code, dpop_jkt, code_verifier = poll[:4]
        grant_id = code.grant_id
        while True:
            grant = await self._grants.polled_grant(grant_id)
            now = self._clock()
            if grant is None:
                return PollResponse(NO_GRANT.verdict)
            challenge = grant.code_challenge
            facts = PollFacts(
                client.client_id,
                same(grant.device_code_digest, digest(code.text)),
                grant.dpop_jkt is None or grant.dpop_jkt == dpop_jkt,
                challenge is None or verifier_matches(challenge, code_verifier),
                self._poll_pace.last(grant_id) if is_first else None,
                client.policy.requires_return_pin,
            )
            judged = judge_poll(grant, facts, now)
            if judged is Fact.REDEMPTION and not is_first:
                return _REDEEMED_BY_ANOTHER_POLL
            if isinstance(judged, Fact):
                response = await self._look_closer(poll, grant, facts, judged)
                if response is None:
                    continue  # the grant has changed since it was read: judge it as it is now
                return response
            verdict, last_poll, interval = judged
            if interval is None:
                return PollResponse(verdict)
            if is_first:
                if interval > grant.interval:  # a ``slow_down`` is stored before its response is sent
                    await self._grants.set_grant_interval(grant_id, interval)
                if last_poll is not None:
                    self._poll_pace.remember(grant_id, last_poll, now)
            number = self._secrets.number(grant_id) if grant.stage is PairingStage.MATCHING_NUMBER else None
            return PollResponse(verdict, b"", interval, grant.stage, grant.expires_at, number=number)

    async def _look_closer(
        self, poll: _Poll, polled: PolledGrant, facts: PollFacts, missing: Fact
    ) -> PollResponse | None:
        """Fetch the facts that the judgement asks for, and carry its verdict out.

        None: the grant has changed since it was read, so it has to be read and judged again.
        """
        grant_id = poll.code.grant_id
        approval: _Approval | None = None
        tokens: bytes | None = None
        device_id: str | None = None
        judged: Judgement | Fact = missing
        while isinstance(judged, Fact):
            if judged is Fact.PIN:
                pin = await self._return_pin.facts(grant_id, polled.expires_at, poll.return_pin)
                facts = facts._replace(pin=pin)
            else:
                grant = await self._grants.grant(grant_id)
                if grant is None:
                    return None
                if judged is Fact.ACCOUNT:
                    approval = await self._approval(grant)
                    facts = facts._replace(
                        is_account_usable=approval is not None,
                        held_until=grant.held_until,
                        is_resource_approved=is_narrower_resource(grant.resource, poll.resource or ""),
                    )
                else:
                    device_id, tokens = grant.connected_device_id, lost_response(poll.code.text, grant.replay)
                    redemption = await self._redemption(grant, poll, tokens)
                    facts = facts._replace(redemption=redemption)
            judged = judge_poll(polled, facts, self._clock())
        verdict = judged.verdict
        if verdict is Verdict.APPROVED and approval is not None:
            return await self._redeem(poll, approval)
        if verdict is Verdict.DENIED and poll.return_pin is not None:
            self._end_pin_tries(poll, facts)
        if verdict in _STAGES:
            stage, until = _STAGES[verdict], facts.held_until
            return PollResponse(verdict, b"", polled.interval, stage, polled.expires_at, until)
        if verdict is Verdict.REPLAYED and tokens is not None:
            return await self._repeat(poll, device_id, tokens)
        if verdict is Verdict.REUSED and device_id is not None:
            await self._end_family(poll, device_id, facts.redemption)
        return PollResponse(verdict)

    def _end_pin_tries(self, poll: _Poll, facts: PollFacts) -> None:
        """A poll with a PIN was denied, and a poll that is held for the PIN has failed with it."""
        self._held.wake(poll.code.grant_id)
        if facts.pin is not None and is_pin_exhausted(facts.pin):
            emit(
                SecurityEvent.LIMIT_REACHED,
                network=network_of(poll.address),
                client_id=poll.client.client_id,
                grant_id=poll.code.grant_id,
                limit="return_pin",
            )

    async def _repeat(self, poll: _Poll, device_id: str | None, tokens: bytes) -> PollResponse | None:
        """The same response, once; None if another poll has received it since."""
        if not await self._grants.use_grant_replay(poll.code.grant_id):
            return None
        _report(SecurityEvent.TOKEN_REPLAYED, poll, device_id)
        return PollResponse(Verdict.REPLAYED, tokens)

    async def _end_family(self, poll: _Poll, device_id: str, facts: RedemptionFacts | None) -> None:
        device = await self._devices.device(device_id)
        if not await self._devices.revoke(device_id, reason="a used device_code was sent again"):
            return
        reason = None
        if facts is not None and device is not None and facts.has_response and not facts.is_refreshed:
            is_in_time = is_replayable(facts.redeemed_at, self._clock())
            reason = reason_of_end(device, poll.address) if is_in_time else None
        _report(SecurityEvent.FAMILY_ENDED, poll, device_id, reason)

    async def _approval(self, grant: DeviceGrant) -> _Approval | None:
        """The approval and its account; None if the account is gone or locked."""
        user = None if grant.user_id is None else await self._users.user(grant.user_id)
        if user is None or user.locked or grant.auth_time is None:
            return None
        return _Approval(grant, user, grant.auth_time)

    async def _redemption(self, grant: DeviceGrant, poll: _Poll, tokens: bytes | None) -> RedemptionFacts:
        device_id = grant.connected_device_id
        device = None if device_id is None else await self._devices.device(device_id)
        user = None if device is None else await self._users.user(device.user_id)
        return RedemptionFacts(
            redeemed_at=grant.redeemed_at,
            is_device_active=device is not None and not device.has_ended(self._clock()),
            is_account_usable=user is not None and not user.locked,
            is_refreshed=device is not None and device.rotated_at is not None,
            has_response=tokens is not None,
            is_same_caller=device is None or is_same_caller(device, poll.address, poll.dpop_jkt),
            resource_matches=tokens is None or is_for_resource(tokens, self._settings, poll.resource),
        )

    async def _redeem(self, poll: _Poll, approval: _Approval) -> PollResponse | None:
        """Tokens for the one poll that wins the compare-and-set; None for every other."""
        grant = approval.grant
        issued = self._issuer.first(
            poll.client,
            grant_type=GrantType.DEVICE_CODE,
            user_id=approval.user.user_id,
            auth_time=approval.auth_time,
            scope=grant.scope,
            address=poll.address,
            name=grant.device_name,
            resource=grant.resource,
            narrowed_resource=poll.resource,
            dpop_jkt=poll.dpop_jkt,  # the key of the grant, if it has one
            connection_lifetime=grant.connection_lifetime,
            confirm_within=grant.confirm_within,
        )
        replay = seal_response(poll.code.text, issued.response)
        if not await self._grants.redeem_grant(grant.grant_id, issued.device, replay, self._clock()):
            return None
        log.info(
            "device connected",
            client_id=poll.client.client_id,
            user_id=approval.user.user_id,
            device_id=issued.device.device_id,
            device_name=visible(issued.device.name),
        )
        return PollResponse(Verdict.APPROVED, issued.response)


def _report(event: SecurityEvent, poll: _Poll, device_id: str | None, reason: str | None = None) -> None:
    """Whose device_code came again, and from where."""
    emit(
        event,
        client_id=poll.client.client_id,
        device_id=device_id,
        network=network_of(poll.address),
        grant_type=GrantType.DEVICE_CODE.value,
        reason=reason,
    )
