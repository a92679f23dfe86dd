"""The facts of a poll that cost a read: its return PIN, and what a redeemed grant led to (RFC 8628 §3.5).

``poll_judgement`` asks for them; a pending poll never needs one.
"""

from typing import NamedTuple

from pairgrant_protocol.poll_judgement import Fact, Judgement, PollFacts, RedemptionFacts, Verdict, judge_poll
from pairgrant_server.authorization_server.clock import Clock
from pairgrant_server.authorization_server.device_flow.poll import Poll
from pairgrant_server.authorization_server.device_flow.return_pin import ReturnPin
from pairgrant_server.authorization_server.model.polled_grant import PolledGrant, RedeemedGrant
from pairgrant_server.authorization_server.model.settings import ServerSettings
from pairgrant_server.authorization_server.store.interface.device_grants import DeviceGrantStore
from pairgrant_server.authorization_server.store.interface.users import UserStore
from pairgrant_server.authorization_server.tokens.connected_devices import ConnectedDevices
from pairgrant_server.authorization_server.tokens.replay import is_for_resource, is_same_caller, lost_response


class CompletePoll(NamedTuple):
    """The verdict on a poll, and what was read for it."""

    verdict: Verdict
    facts: PollFacts
    device_id: str | None = None
    """The device that a redeemed grant connected."""
    tokens: bytes | None = None
    """The response that a redeemed grant led to, if it can be repeated."""


class PollFactReader:
    def __init__(
        self,
        *,
        grants: DeviceGrantStore,
        users: UserStore,
        devices: ConnectedDevices,
        return_pin: ReturnPin,
        settings: ServerSettings,
        clock: Clock,
    ) -> None:
        self._grants = grants
        self._users = users
        self._devices = devices
        self._return_pin = return_pin
        self._settings = settings
        self._clock = clock

    async def complete(
        self, poll: Poll, polled: PolledGrant, facts: PollFacts, missing: Fact
    ) -> CompletePoll | None:
        """Read the facts that the judgement asks for, until it gives a verdict.

        None: the grant was removed since it was read.
        """
        grant_id = poll.code.grant_id
        tokens: bytes | None = None
        device_id: str | None = None
        judged: Judgement | Fact = missing
        while isinstance(judged, Fact):
            if judged is Fact.PIN:
                pin = await self._return_pin.facts(grant_id, polled.expires_at, poll.return_pin)
                facts = facts._replace(pin=pin)
            else:
                grant = await self._grants.redeemed_grant(grant_id)
                if grant is None:
                    return None
                device_id, tokens = grant.connected_device_id, lost_response(poll.code.text, grant.replay)
                facts = facts._replace(redemption=await self._redemption(grant, poll, tokens))
            judged = judge_poll(polled, facts, self._clock())
        return CompletePoll(judged.verdict, facts, device_id, tokens)

    async def _redemption(self, grant: RedeemedGrant, poll: Poll, tokens: bytes | None) -> RedemptionFacts:
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
