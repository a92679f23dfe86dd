"""A person as another provider identifies them."""

from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True, slots=True)
class UpstreamUser:
    """Who signed in there; only ``issuer`` and ``subject`` together identify a person (§5.7)."""

    issuer: str
    subject: str
    claims: dict[str, Any]
