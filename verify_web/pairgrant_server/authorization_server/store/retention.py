"""How long rows are kept after they expire: late callers get the true error instead of ``invalid_grant``."""

from dataclasses import dataclass
from typing import Self

from pairgrant_server.authorization_server.secrets.identifiers import first_id_at

_GRANTS = 2 * 3600.0
_ATTEMPTS = 3600.0
_DEVICES = 30 * 86_400.0
_IDENTIFIERS = 60.0
_REPORTS = 90 * 86_400.0
_EVENTS = 7 * 86_400.0


@dataclass(frozen=True, slots=True)
class Retention:
    """The oldest rows of each kind that a sweep keeps. Instants are Unix time in seconds."""

    oldest_grant_id: bytes
    oldest_session_expiry: float
    oldest_window: int
    oldest_device_end: float
    oldest_identifier_expiry: float
    oldest_report: float
    oldest_event: float

    @classmethod
    def at(cls, now: float) -> Self:
        return cls(
            oldest_grant_id=first_id_at(now - _GRANTS),
            oldest_session_expiry=now,
            oldest_window=int(now - _ATTEMPTS),
            oldest_device_end=now - _DEVICES,
            oldest_identifier_expiry=now - _IDENTIFIERS,
            oldest_report=now - _REPORTS,
            oldest_event=now - _EVENTS,
        )
