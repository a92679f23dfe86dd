"""Why a sign-in ended: ``pairgrant_ended``, an extra member of an error response (RFC 6749 §5.2).

A server sends it with the ``invalid_grant`` of a refresh, and only to a caller that proved the latest refresh
token, and the key, of the sign-in that ended. No sign-in depends on it, so a device ignores an unusable one.
"""

import math
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any, Self

_LATEST = 32_503_680_000.0
"""The year 3000, in Unix time: clocks of devices can show every instant before."""

_MAX_NAME = 200


class EndedBy(StrEnum):
    """Who or what ended a sign-in."""

    USER = "user"
    """Its user, at the server's site."""
    OPERATOR = "operator"
    REPORT = "report"
    """A person who said that they did not start it."""
    UNCONFIRMED = "unconfirmed"
    """Its user did not say in time that the device is theirs."""
    REUSE = "reuse"
    """A token or code that had been used was used again (RFC 9700 §4.14)."""
    CLIENT = "client"
    """The device itself, or another program with its tokens (RFC 7009)."""
    EXPIRED = "expired"


@dataclass(frozen=True, slots=True)
class SignInEnd:
    """``at`` is Unix time in seconds."""

    by: EndedBy
    at: float
    name: str | None = field(default=None, repr=False)
    """The user's display name, where the device was entitled to it; it is not checked."""

    @classmethod
    def parse(cls, sent: object) -> Self | None:
        """The member ``sent``; None if it is missing, malformed or of a later version."""
        if not isinstance(sent, dict):
            return None
        by, at, name = sent.get("by"), sent.get("at"), sent.get("name")
        if by not in list(EndedBy) or isinstance(at, bool) or not isinstance(at, int | float):
            return None
        if not (math.isfinite(at) and 0 <= at < _LATEST):
            return None
        return cls(EndedBy(by), float(at), name[:_MAX_NAME] if isinstance(name, str) and name else None)

    def serialize(self) -> dict[str, Any]:
        members = {"by": self.by.value, "name": self.name, "at": int(self.at)}
        return {name: value for name, value in members.items() if value is not None}
