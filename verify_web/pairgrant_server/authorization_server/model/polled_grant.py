"""What a poll reads of a device authorization (RFC 8628 §3.4)."""

from dataclasses import field
from typing import NamedTuple

from pairgrant_protocol.device_grant import GrantStatus
from pairgrant_protocol.record import record
from pairgrant_protocol.vocabulary import PairingStage


class ApprovedGrant(NamedTuple):
    """What a poll turns into tokens: fields of ``DeviceGrant``."""

    scope: tuple[str, ...]
    device_name: str | None
    resource: str
    capabilities: str
    user_id: str | None
    auth_time: float | None
    held_until: float | None
    confirm_within: int | None
    connection_lifetime: int | None
    is_account_usable: bool
    """Whether the account that approved exists and is not locked."""


class PolledGrant(NamedTuple):
    """The fields of a grant that a poll needs; no other record is read as often."""

    device_code_digest: bytes
    client_id: str
    status: GrantStatus
    expires_at: float
    interval: int
    stage: PairingStage
    dpop_jkt: str | None
    code_challenge: str | None
    approved: ApprovedGrant | None = None
    """Of a grant whose status is APPROVED."""

    def __repr__(self) -> str:
        return f"PolledGrant(client_id={self.client_id!r}, status={self.status.value!r})"


@record
class RedeemedGrant:
    """What a poll reads besides, once the grant is redeemed: fields of ``DeviceGrant``."""

    connected_device_id: str | None
    redeemed_at: float | None
    replay: bytes | None = field(repr=False)
