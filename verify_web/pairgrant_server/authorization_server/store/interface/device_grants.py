"""Device grants (RFC 8628), from issue to redemption."""

from typing import Protocol

from pairgrant_protocol.device_grant import GrantStatus
from pairgrant_protocol.vocabulary import PairingStage
from pairgrant_server.authorization_server.model.records import ConnectedDevice, DeviceGrant, PolledGrant


class DeviceGrantStore(Protocol):
    async def insert_grant(self, grant: DeviceGrant) -> bool:
        """False if another grant that is still kept has the same user_code."""

    async def grant(self, grant_id: bytes) -> DeviceGrant | None: ...

    async def polled_grant(self, grant_id: bytes) -> PolledGrant | None: ...

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
    ) -> bool:
        """PENDING and not expired at ``now`` -> APPROVED or DENIED; ``scope`` is what was approved, all of it where None."""

    async def redeem_grant(self, grant_id: bytes, device: ConnectedDevice, replay: bytes, now: float) -> bool:
        """APPROVED and not expired at ``now`` -> REDEEMED, and the connected device is born, both or neither."""

    async def set_grant_interval(self, grant_id: bytes, interval: int) -> None:
        """Remember a ``slow_down``; the interval never shrinks."""

    async def set_grant_stage(self, grant_id: bytes, stage: PairingStage) -> None:
        """Remember how far the person has come with a pending grant."""
