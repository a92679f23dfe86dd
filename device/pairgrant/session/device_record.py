"""What a device keeps for one server and client beside its tokens, and its serialization; pure.

It survives a sign-out: the key by which the server recognises the device, and how a person chose to sign in.
"""

import json
from dataclasses import dataclass
from enum import StrEnum
from typing import Self

from pairgrant_protocol.json_object import MalformedMessageError, optional_text, parse_object, text
from pairgrant_protocol.secret import Secret

_VERSION = 1
_MAX_KEY = 65_536


class LoginWay(StrEnum):
    """How ``pairgrant login`` signs in."""

    BROWSER = "browser"
    """With the browser of this machine (authorization code grant)."""
    DEVICE_CODE = "device_code"
    """With a code for the phone (device grant)."""


@dataclass(frozen=True, slots=True)
class DeviceRecord:
    """The record of one (issuer, client_id)."""

    issuer: str
    client_id: str
    dpop_key: Secret | None = None
    """A JWK in JSON; None before the first start of a pairing that proves a key."""
    login_way: LoginWay | None = None
    """The last choice that a person made by an option; None before."""

    def serialize(self) -> bytes:
        """The content of the file."""
        members = {
            "version": _VERSION,
            "issuer": self.issuer,
            "client_id": self.client_id,
            "dpop_key": self.dpop_key.reveal() if self.dpop_key else None,
            "login_way": self.login_way,
        }
        return json.dumps(members, indent=1).encode() + b"\n"

    @classmethod
    def parse(cls, body: bytes) -> Self:
        """The record in the content of a file; an unknown way to sign in is ignored.

        Raises:
            MalformedMessageError: another program wrote the file, or it is truncated.
        """
        members = parse_object(body)
        if members.get("version") != _VERSION:
            raise MalformedMessageError("written by another version")
        key = optional_text(members, "dpop_key", limit=_MAX_KEY)
        way = optional_text(members, "login_way")
        return cls(
            issuer=text(members, "issuer"),
            client_id=text(members, "client_id"),
            dpop_key=Secret(key) if key else None,
            login_way=LoginWay(way) if way in set(LoginWay) else None,
        )
