"""The records behind the assessment of a pairing: who saw a code, enrolled keys, and reports (RFC 10027).

Instants are Unix time in seconds; none holds a secret.
"""

from typing import NamedTuple

from pairgrant_protocol.record import record


@record
class GrantViewer:
    """A browser that looked a code up, and its account if it was signed in."""

    grant_id: bytes
    browser_id: str
    seen_at: float
    user_id: str | None = None


@record
class DeviceKey:
    """The enrolled key of one device of a client: an operator says which device has it."""

    client_id: str
    dpop_jkt: str
    """Thumbprint (RFC 7638)."""
    name: str
    added_at: float
    place: str = ""
    owner: str = ""
    label: str = ""
    """What the device has to send as its label; "" if it need not send one."""


@record
class Report:
    """A person says that they did not start a pairing."""

    report_id: str
    client_id: str
    network: str
    """The network of the device."""
    created_at: float
    page: str
    """Where it was said: ``code``, ``consent``, ``outcome`` or ``device``."""
    seen: str
    """What was known of the device and the person, as JSON without a secret."""
    grant_id: bytes | None = None
    device_id: str | None = None
    dpop_jkt: str | None = None
    user_id: str | None = None
    """Who said it; None for a person who is not signed in."""
    reporter_network: str = ""
    lifted_at: float | None = None
    """An operator decided that it no longer counts."""


class EndedPairing(NamedTuple):
    """What the end of a pairing ended: the grant before its redemption, the connected device after it."""

    grant: bool
    device: bool


@record
class OutboxEvent:
    """An event that is stored in the transaction of its cause, for a delivery to others."""

    event_id: str
    name: str
    facts: str
    """JSON, without a secret."""
    created_at: float
