"""Device grants (RFC 8628), from issue to redemption."""

from typing import Protocol

from pairgrant_protocol.device_grant import GrantStatus
from pairgrant_protocol.vocabulary import PairingStage
from pairgrant_server.authorization_server.model.approval_hold import NO_HOLD, ApprovalHold
from pairgrant_server.authorization_server.model.polled_grant import PolledGrant, RedeemedGrant
from pairgrant_server.authorization_server.model.records import ConnectedDevice, DeviceGrant


class DeviceGrantStore(Protocol):
    async def insert_grant(self, grant: DeviceGrant) -> bool:
        """Store a new grant, about which nothing is decided; False if another one has the same user_code."""

    async def grant(self, grant_id: bytes) -> DeviceGrant | None: ...

    async def polled_grant(self, grant_id: bytes) -> PolledGrant | None: ...

    async def redeemed_grant(self, grant_id: bytes) -> RedeemedGrant | None:
        """The grant in whatever state."""

    async def grant_by_user_code(self, user_code_digest: bytes) -> DeviceGrant | None: ...

    async def decide_grant(
        self,
        grant_id: bytes,
        status: GrantStatus,
        user_id: str,
        auth_time: float,
        now: float,
        *,
        scope: tuple[str, ...] | None = None,
        hold: ApprovalHold = NO_HOLD,
    ) -> bool:
        """PENDING and not expired at ``now`` -> APPROVED or DENIED.

        ``scope`` is the approved scope; None approves all of the requested scope.
        """

    async def redeem_grant(self, grant_id: bytes, device: ConnectedDevice, replay: bytes, now: float) -> bool:
        """APPROVED by an account that is not locked, not expired and not on hold at ``now`` -> REDEEMED, and
        add the connected device, which is new: both or neither.
        """

    async def cancel_grant(self, grant_id: bytes, now: float) -> bool:
        """PENDING or APPROVED, and not expired at ``now`` -> DENIED, cancelled by the device."""

    async def use_grant_replay(self, grant_id: bytes) -> bool:
        """Use up the stored response of a redeemed grant; False if it was used before."""

    async def set_grant_interval(self, grant_id: bytes, interval: int) -> None:
        """Store the interval after a ``slow_down``; it never decreases."""

    async def set_grant_stage(self, grant_id: bytes, stage: PairingStage) -> None:
        """Store how far the person has come with a pending grant; the stage never goes back."""
