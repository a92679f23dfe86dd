"""Device grants: issued in step (B), looked up and decided in (D), polled and redeemed in (E) and (F) (RFC 8628 §3)."""

from collections.abc import Callable
from dataclasses import dataclass, field

import structlog

from pairgrant_protocol import user_code as user_codes
from pairgrant_protocol.device_grant import Decision, Verdict, decided, judge_poll
from pairgrant_protocol.messages import DeviceAuthorizationRequest, DeviceAuthorizationResponse
from pairgrant_protocol.secret import Secret
from pairgrant_protocol.visible_text import visible
from pairgrant_protocol.vocabulary import GrantType, PairingStage
from pairgrant_server.authorization_server.clock import Clock
from pairgrant_server.authorization_server.device_flow.held_polls import HeldPolls
from pairgrant_server.authorization_server.device_flow.poll_pace import Paces
from pairgrant_server.authorization_server.device_flow.return_pin import ReturnPins
from pairgrant_server.authorization_server.limits.attempts import CodeAttempts, PinAttempts
from pairgrant_server.authorization_server.model.lifetimes import lifetimes_of
from pairgrant_server.authorization_server.model.records import Client, DeviceGrant, PolledGrant
from pairgrant_server.authorization_server.model.settings import ServerSettings
from pairgrant_server.authorization_server.secrets.opaque_tokens import DeviceCode, RandomBytes
from pairgrant_server.authorization_server.secrets.possession import Possession
from pairgrant_server.authorization_server.secrets.server_key import ServerKey, digest, same
from pairgrant_server.authorization_server.store.errors import StoreUnavailableError
from pairgrant_server.authorization_server.store.interface.device_grants import DeviceGrantStore
from pairgrant_server.authorization_server.store.interface.users import UserStore
from pairgrant_server.authorization_server.tokens.connected_devices import ConnectedDevices
from pairgrant_server.authorization_server.tokens.token_issuer import (
    TokenIssuer,
    lost_answer,
    replayable,
    seal_answer,
)

__all__ = ["DeviceFlow", "DeviceGrant", "Polled"]

log = structlog.get_logger()

_ISSUE_TRIES = 5
NOTHING = Possession()


@dataclass(slots=True)
class Polled:
    """What a poll is told; ``answer`` is the token response's JSON where the verdict is APPROVED."""

    verdict: Verdict
    answer: bytes = field(default=b"", repr=False)
    interval: int = 0
    stage: PairingStage = PairingStage.WAITING
    expires_at: float = 0
    was_held: bool = False
    """Whether the preference to wait was honoured, so that the next poll may follow at once."""


class DeviceFlow:
    """The one place where a device authorization is born, decided and turned into tokens."""

    def __init__(
        self,
        *,
        grants: DeviceGrantStore,
        users: UserStore,
        devices: ConnectedDevices,
        issuer: TokenIssuer,
        attempts: CodeAttempts,
        pin_attempts: PinAttempts,
        server_key: ServerKey,
        settings: ServerSettings,
        clock: Clock,
        random_bytes: RandomBytes,
        randbelow: Callable[[int], int],
        held: HeldPolls,
    ) -> None:
        self._grants = grants
        self._users = users
        self._devices = devices
        self._issuer = issuer
        self._attempts = attempts
        self._server_key = server_key
        self._settings = settings
        self._clock = clock
        self._random_bytes = random_bytes
        self._randbelow = randbelow
        self._held = held
        self._pins = ReturnPins(server_key, pin_attempts)
        self._paces = Paces(settings.device_code_lifetime)

    async def issue(
        self,
        client: Client,
        request: DeviceAuthorizationRequest,
        scope: tuple[str, ...],
        address: str,
        *,
        resource: str = "",
        dpop_jkt: str | None = None,
        code_challenge: str | None = None,
    ) -> DeviceAuthorizationResponse:
        """A fresh pair of codes (§3.2); durable when this returns."""
        lifetime = lifetimes_of(client.policy, self._settings).device_code
        length = await self._attempts.code_length()
        for _ in range(_ISSUE_TRIES):
            now = self._clock()
            code = user_codes.generate(self._randbelow, length=length)
            device_code = DeviceCode.issue(now, self._random_bytes)
            grant = DeviceGrant(
                grant_id=device_code.grant_id,
                device_code_digest=digest(device_code.text),
                user_code_digest=self._user_code_digest(code),
                client_id=client.client_id,
                scope=scope,
                interval=self._settings.interval,
                created_at=now,
                expires_at=now + lifetime,
                device_name=request.device_name,
                address=address,
                resource=resource,
                dpop_jkt=dpop_jkt,
                code_challenge=code_challenge,
            )
            if await self._grants.insert_grant(grant):
                return self._response(grant, device_code.text, code, lifetime)
        raise StoreUnavailableError("no free user code was found")

    def _response(
        self, grant: DeviceGrant, device_code: Secret, code: str, lifetime: int
    ) -> DeviceAuthorizationResponse:
        return DeviceAuthorizationResponse(
            device_code=device_code,
            user_code=user_codes.display(code),
            verification_uri=f"{self._settings.public_url}/device",
            verification_uri_complete=f"{self._settings.public_url}/D/{code}",
            expires_in=lifetime,
            interval=grant.interval,
        )

    def _user_code_digest(self, code: str) -> bytes:
        return self._server_key.mac("user_code", code)

    async def look_up(self, user_code: str) -> DeviceGrant | None:
        """The pending grant of a normalized code; None where it is unknown, expired, decided or used: all look alike."""
        grant = await self._grants.grant_by_user_code(self._user_code_digest(user_code))
        if grant is None or decided(grant, Decision.DENY, self._clock()) is None:
            return None
        return grant

    def return_pin(self, grant: DeviceGrant) -> str:
        """The digits that a person who approved reads off the phone, where the client asks for them."""
        return self._pins.of(grant.grant_id)

    async def is_pin_lost(self, grant: DeviceGrant) -> bool:
        """Whether the device was told wrong digits too often, so that its pairing is over."""
        return await self._pins.are_spent(grant.grant_id)

    async def grant(self, grant_id: bytes) -> DeviceGrant | None:
        """The grant, whatever became of it."""
        return await self._grants.grant(grant_id)

    async def advance_stage(self, grant_id: bytes, stage: PairingStage) -> None:
        """Tell the device how far the person has come."""
        await self._grants.set_grant_stage(grant_id, stage)
        self._held.wake(grant_id)

    async def decide(
        self,
        grant_id: bytes,
        decision: Decision,
        *,
        user_id: str,
        auth_time: float,
        scope: tuple[str, ...] | None = None,
    ) -> bool:
        """What the person said; False: too late, someone decided before or the code has expired.

        ``scope`` is what was approved of what was asked for; None: all of it.
        """
        grant = await self._grants.grant(grant_id)
        now = self._clock()
        status = None if grant is None else decided(grant, decision, now)
        if grant is None or status is None:
            return False
        won = await self._grants.decide_grant(grant_id, status, user_id, auth_time, now, scope=scope)
        if won:
            self._held.wake(grant_id)
            log.info(
                "device grant decided",
                status=status.value,
                client_id=grant.client_id,
                user_id=user_id,
                address=grant.address,
            )
        return won

    async def poll(
        self,
        client: Client,
        device_code: Secret,
        possession: Possession = NOTHING,
        *,
        wait: float = 0,
        known_stage: PairingStage | None = None,
        return_pin: Secret | None = None,
    ) -> Polled:
        """Judge one poll (§3.5), and redeem an approved grant: one caller gets tokens, its lost answer comes again.

        A pending answer is held for up to ``wait`` seconds, until there is another answer or another stage than
        ``known_stage``. A code in hands that lack what it was bound to is no code.
        """
        parsed = DeviceCode.parse(device_code)
        if parsed is None:
            return Polled(Verdict.UNKNOWN)
        if not wait:
            return await self._look(client, parsed, possession, return_pin)
        with self._held.hold(parsed.grant_id) as held:
            polled = await self._look(client, parsed, possession, return_pin)
            # Whoever sent a PIN hears at once that it was wrong.
            if held is None or return_pin is not None or polled.verdict is Verdict.SLOW_DOWN:
                return polled
            known = known_stage or polled.stage
            held.end_in(min(wait, max(polled.expires_at - self._clock(), 0)))
            while polled.verdict is Verdict.PENDING and polled.stage == known and not held.is_over:
                await held.news()
                polled = await self._look(client, parsed, possession, again=True)
            if polled.verdict is Verdict.PENDING:
                self._paces.tell(parsed.grant_id, polled.stage, self._clock())
            polled.was_held = True
            return polled

    async def _look(
        self,
        client: Client,
        code: DeviceCode,
        possession: Possession,
        return_pin: Secret | None = None,
        *,
        again: bool = False,
    ) -> Polled:
        """One look at the grant, and what it means for the poll; the pace is judged at the first look alone."""
        grant_id = code.grant_id
        while True:
            grant = await self._grants.polled_grant(grant_id)
            if grant is not None and not (
                same(grant.device_code_digest, digest(code.text)) and possession.opens(grant)
            ):
                grant = None
            now = self._clock()
            pace = None if again else self._paces.last(grant_id)
            judgement = judge_poll(grant, client.client_id, pace, now)
            if grant is None or judgement.verdict is Verdict.UNKNOWN:
                return Polled(Verdict.UNKNOWN)
            if judgement.verdict is Verdict.APPROVED:
                polled = await self._awaited_pin(grant_id, grant, client, return_pin, again=again)
                polled = polled or await self._redeem(code, client)
                if polled is not None:
                    return polled
                continue  # another poll with this code won the race, or it has just expired: judge what is there now
            if judgement.verdict is Verdict.REDEEMED:
                return await self._answer_again(code)
            interval = judgement.interval or 0
            if not again:
                if interval > grant.interval:  # a ``slow_down`` is remembered before it is answered
                    await self._grants.set_grant_interval(grant_id, interval)
                if judgement.pace is not None:
                    self._paces.remember(grant_id, judgement.pace, now)
            return Polled(judgement.verdict, b"", interval, grant.stage, grant.expires_at)

    async def _awaited_pin(
        self, grant_id: bytes, grant: PolledGrant, client: Client, return_pin: Secret | None, *, again: bool
    ) -> Polled | None:
        """What stands between an approval and its tokens where the client asks for a return PIN; None: nothing more."""
        if not client.policy.requires_return_pin:
            return None
        verdict = Verdict.PENDING if again else await self._pins.judge(grant_id, grant.expires_at, return_pin)
        if verdict is Verdict.APPROVED:
            return None
        return Polled(verdict, b"", grant.interval, PairingStage.ENTERING_PIN, grant.expires_at)

    async def _redeem(self, code: DeviceCode, client: Client) -> Polled | None:
        """Tokens for the one that wins; None for everyone else."""
        grant = await self._grants.grant(code.grant_id)
        if grant is None:
            return None
        user = grant.user_id and await self._users.user(grant.user_id)
        if not user or user.locked or grant.auth_time is None:
            return Polled(Verdict.DENIED)
        issued = self._issuer.first(
            client,
            grant_type=GrantType.DEVICE_CODE,
            user_id=user.user_id,
            auth_time=grant.auth_time,
            scope=grant.scope,
            address=grant.address,
            name=grant.device_name,
            resource=grant.resource,
            dpop_jkt=grant.dpop_jkt,
        )
        replay = seal_answer(code.text, issued.answer)
        if not await self._grants.redeem_grant(grant.grant_id, issued.device, replay, self._clock()):
            return None
        log.info(
            "device connected",
            client_id=client.client_id,
            user_id=user.user_id,
            device_id=issued.device.device_id,
            device_name=visible(issued.device.name),
        )
        return Polled(Verdict.APPROVED, answer=issued.answer)

    async def _answer_again(self, code: DeviceCode) -> Polled:
        """The same tokens, for the caller that lost them; a used code at any later time ends what it gave."""
        grant = await self._grants.grant(code.grant_id)
        device_id = None if grant is None else grant.connected_device_id
        device = None if device_id is None else await self._devices.device(device_id)
        user = None if device is None else await self._users.user(device.user_id)
        if grant is None or device is None or device.revoked_at is not None or user is None or user.locked:
            return Polled(Verdict.REDEEMED)
        if replayable(grant.redeemed_at, self._clock()):
            answer = None if device.rotated_at is not None else lost_answer(code.text, grant.replay)
            return Polled(Verdict.REDEEMED) if answer is None else Polled(Verdict.APPROVED, answer=answer)
        await self._devices.revoke(device.device_id, reason="a used device_code was sent again")
        return Polled(Verdict.REDEEMED)
