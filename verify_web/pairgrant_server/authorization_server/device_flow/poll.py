"""One poll, steps (E) and (F), and the response to it (RFC 8628 §3.4, §3.5)."""

from dataclasses import field
from typing import NamedTuple

from pairgrant_protocol.poll_judgement import Verdict
from pairgrant_protocol.record import record
from pairgrant_protocol.secret import Secret
from pairgrant_protocol.vocabulary import PairingStage
from pairgrant_server.authorization_server.model.records import Client
from pairgrant_server.authorization_server.secrets.opaque_code import OpaqueCode


class Poll(NamedTuple):
    """What one poll brought."""

    client: Client
    code: OpaqueCode
    dpop_jkt: str | None
    code_verifier: str | None
    return_pin: Secret | None
    resource: str | None
    address: str


@record
class PollResponse:
    """The response to one poll; ``tokens`` is the JSON of a token response (APPROVED, REPLAYED)."""

    verdict: Verdict
    stage: PairingStage = PairingStage.WAITING
    interval: int = 0
    """Seconds; for SLOW_DOWN."""
    tokens: bytes = field(default=b"", repr=False)
    number: str | None = field(default=None, repr=False)
    """The digits for the device to show, in the stage ``matching_number``."""
    changes_at: float = 0
    """Until when a poll may be held at most (Unix time in seconds): its hold ends or its code expires."""
    was_held: bool = False
    """Whether the preference to wait was honoured, so that the next poll may follow at once."""
