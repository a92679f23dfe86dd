"""A pairing that goes on in another process, and its serialization; pure.

It contains the device_code. A program that has the device_code gets the tokens once the person has approved.
"""

import json
from dataclasses import dataclass
from typing import Self

from pairgrant_protocol.json_object import (
    MalformedMessageError,
    optional_seconds,
    optional_text,
    parse_object,
    text,
)
from pairgrant_protocol.messages import split_scope
from pairgrant_protocol.secret import Secret

_VERSION = 1
_MAX_SECRET = 65_536


@dataclass(frozen=True, slots=True)
class PendingPairing:
    """Steps (A) and (B) are done, and the person has not decided; instants in Unix time."""

    issuer: str
    client_id: str
    scope: tuple[str, ...]
    device_code: Secret
    verifier: Secret | None
    """The PKCE verifier that each poll has to send; None for a server that asks for none."""
    interval: float
    expires_at: float
    next_poll_at: float

    def has_expired(self, wall: float) -> bool:
        return wall >= self.expires_at

    def serialize(self) -> bytes:
        """The content of the file."""
        members = {
            "version": _VERSION,
            "issuer": self.issuer,
            "client_id": self.client_id,
            "scope": " ".join(self.scope),
            "device_code": self.device_code.reveal(),
            "verifier": self.verifier.reveal() if self.verifier else None,
            "interval": self.interval,
            "expires_at": self.expires_at,
            "next_poll_at": self.next_poll_at,
        }
        return json.dumps(members, indent=1).encode() + b"\n"

    @classmethod
    def parse(cls, body: bytes) -> Self:
        """The pairing in the content of a file.

        Raises:
            MalformedMessageError: another program wrote the file, or it is truncated.
        """
        members = parse_object(body)
        if members.get("version") != _VERSION:
            raise MalformedMessageError("written by another version")
        verifier = optional_text(members, "verifier", limit=_MAX_SECRET)
        return cls(
            issuer=text(members, "issuer"),
            client_id=text(members, "client_id"),
            scope=split_scope(optional_text(members, "scope") or ""),
            device_code=Secret(text(members, "device_code", limit=_MAX_SECRET)),
            verifier=Secret(verifier) if verifier else None,
            interval=_seconds(members, "interval"),
            expires_at=_seconds(members, "expires_at"),
            next_poll_at=_seconds(members, "next_poll_at"),
        )


def _seconds(members: dict[str, object], name: str) -> float:
    seconds = optional_seconds(members, name)
    if seconds is None:
        raise MalformedMessageError(f"{name} is missing")
    return seconds
