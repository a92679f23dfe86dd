"""What a poll reads of a device authorization (RFC 8628 §3.4)."""

from typing import NamedTuple

from pairgrant_protocol.device_grant import GrantStatus
from pairgrant_protocol.vocabulary import PairingStage


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
