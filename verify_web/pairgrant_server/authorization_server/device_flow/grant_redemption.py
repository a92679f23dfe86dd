"""What a poll does to an approved or redeemed grant, step (F): redeem it, repeat its response, end it."""

import structlog

from pairgrant_protocol.poll_judgement import RedemptionFacts, Verdict
from pairgrant_protocol.replay import is_replayable
from pairgrant_protocol.sign_in_end import EndedBy
from pairgrant_protocol.visible_text import visible
from pairgrant_protocol.vocabulary import GrantType
from pairgrant_server.authorization_server.clock import Clock
from pairgrant_server.authorization_server.device_flow.poll import Poll, PollResponse
from pairgrant_server.authorization_server.limits.network import network_of
from pairgrant_server.authorization_server.model.polled_grant import ApprovedGrant
from pairgrant_server.authorization_server.store.interface.device_grants import DeviceGrantStore
from pairgrant_server.authorization_server.tokens.connected_devices import ConnectedDevices
from pairgrant_server.authorization_server.tokens.replay import reason_of_end, seal_response
from pairgrant_server.authorization_server.tokens.token_issuer import TokenIssuer
from pairgrant_server.security_events import SecurityEvent, emit

log = structlog.get_logger()


class GrantRedemption:
    def __init__(
        self, *, grants: DeviceGrantStore, devices: ConnectedDevices, issuer: TokenIssuer, clock: Clock
    ) -> None:
        self._grants = grants
        self._devices = devices
        self._issuer = issuer
        self._clock = clock

    async def redeem(self, poll: Poll, grant: ApprovedGrant) -> PollResponse | None:
        """Tokens for the one poll that wins the compare-and-set; None for every other.

        ``grant`` is of a usable account.
        """
        user_id, auth_time = grant.user_id, grant.auth_time
        assert user_id is not None  # noqa: S101 - the account exists
        assert auth_time is not None  # noqa: S101 - it was written with the account
        issued = self._issuer.first(
            poll.client,
            grant_type=GrantType.DEVICE_CODE,
            user_id=user_id,
            auth_time=auth_time,
            scope=grant.scope,
            address=poll.address,
            name=grant.device_name,
            resource=grant.resource,
            narrowed_resource=poll.resource,
            dpop_jkt=poll.dpop_jkt,  # the key of the grant, if it has one
            connection_lifetime=grant.connection_lifetime,
            confirm_within=grant.confirm_within,
            capabilities=tuple(grant.capabilities.split()),
        )
        replay = seal_response(poll.code.text, issued.response)
        if not await self._grants.redeem_grant(poll.code.grant_id, issued.device, replay, self._clock()):
            return None
        log.info(
            "device connected",
            client_id=poll.client.client_id,
            user_id=user_id,
            device_id=issued.device.device_id,
            device_name=visible(issued.device.name),
        )
        return PollResponse(Verdict.APPROVED, tokens=issued.response)

    async def repeat(self, poll: Poll, device_id: str | None, tokens: bytes) -> PollResponse | None:
        """The same response, once; None if another poll has received it since."""
        if not await self._grants.use_grant_replay(poll.code.grant_id):
            return None
        _report(SecurityEvent.TOKEN_REPLAYED, poll, device_id)
        return PollResponse(Verdict.REPLAYED, tokens=tokens)

    async def end_family(self, poll: Poll, device_id: str, facts: RedemptionFacts | None) -> None:
        """Revoke the device and its tokens, because its device_code was sent again."""
        device = await self._devices.device(device_id)
        if not await self._devices.revoke(
            device_id, EndedBy.REUSE, reason="a used device_code was sent again"
        ):
            return
        reason = None
        if facts is not None and device is not None and facts.has_response and not facts.is_refreshed:
            is_in_time = is_replayable(facts.redeemed_at, self._clock())
            reason = reason_of_end(device, poll.address) if is_in_time else None
        _report(SecurityEvent.FAMILY_ENDED, poll, device_id, reason)


def _report(event: SecurityEvent, poll: Poll, device_id: str | None, reason: str | None = None) -> None:
    """Whose device_code came again, and from where."""
    emit(
        event,
        client_id=poll.client.client_id,
        device_id=device_id,
        network=network_of(poll.address),
        grant_type=GrantType.DEVICE_CODE.value,
        reason=reason,
    )
