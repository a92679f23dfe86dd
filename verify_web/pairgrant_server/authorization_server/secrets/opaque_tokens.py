"""Device codes and refresh tokens: opaque to their holders, quick to look up for us.

Both begin with the identifier of their row. Identifiers begin with the time, so that new rows go to one end of the
index (inserts stay fast among millions) and a sweep is one range.
"""

from base64 import urlsafe_b64decode, urlsafe_b64encode
from binascii import Error as Base64Error
from binascii import a2b_base64
from collections.abc import Callable
from dataclasses import dataclass
from typing import NamedTuple, Self

from pairgrant_protocol.secret import Secret
from pairgrant_server.authorization_server.secrets.server_key import ServerKey, same

RandomBytes = Callable[[int], bytes]
"""``RandomBytes(n)`` gives ``n`` unguessable bytes: ``secrets.token_bytes``."""

ID_BYTES = 16
SECRET_BYTES = 32
_TIME_BYTES = 6
_SEQUENCE_BYTES = 4
_TAG_BYTES = 16
_DEVICE_CODE_LENGTH = (ID_BYTES + SECRET_BYTES) // 3 * 4
_FROM_BASE64URL = bytes.maketrans(b"-_", b"+/")
_ID_LETTERS = 24
"""Of base64url, which hold the identifier and a little more."""


def new_id(now: float, random_bytes: RandomBytes) -> bytes:
    """16 bytes: milliseconds of Unix time, then 80 random bits."""
    return _milliseconds(now) + random_bytes(ID_BYTES - _TIME_BYTES)


def first_id_at(now: float) -> bytes:
    """The smallest identifier that can be made at ``now``."""
    return _milliseconds(now) + bytes(ID_BYTES - _TIME_BYTES)


def _milliseconds(now: float) -> bytes:
    return max(int(now * 1000), 0).to_bytes(_TIME_BYTES, "big")


class DeviceCode(NamedTuple):
    """A ``device_code``: the grant's identifier and 256 random bits (RFC 8628 §5.2)."""

    grant_id: bytes
    text: Secret

    @classmethod
    def issue(cls, now: float, random_bytes: RandomBytes) -> Self:
        grant_id = new_id(now, random_bytes)
        return cls(grant_id, Secret(urlsafe_b64encode(grant_id + random_bytes(SECRET_BYTES)).decode()))

    @classmethod
    def parse(cls, text: Secret) -> Self | None:
        """None where it can't be one of ours; what is kept of a code is the digest of its text, whatever that decodes to."""
        given = text.reveal()
        if len(given) != _DEVICE_CODE_LENGTH or not given.isascii():
            return None
        try:
            raw = a2b_base64(given[:_ID_LETTERS].encode().translate(_FROM_BASE64URL))
        except Base64Error:
            return None
        return cls(raw[:ID_BYTES], text) if len(raw) >= ID_BYTES else None


@dataclass(frozen=True, slots=True)
class RefreshToken:
    """A refresh token: whose family, which one in the row of rotations, 256 random bits, and our tag over it all.

    The tag tells a genuine old token, whose replay revokes the family, from an invented one, which must not.
    """

    device_id: str
    sequence: int
    text: Secret

    @classmethod
    def issue(cls, device_id: str, sequence: int, key: ServerKey, random_bytes: RandomBytes) -> Self:
        """``device_id`` is 32 hexadecimal digits."""
        body = (
            bytes.fromhex(device_id) + sequence.to_bytes(_SEQUENCE_BYTES, "big") + random_bytes(SECRET_BYTES)
        )
        return cls(device_id, sequence, Secret(_unpadded(body + _tag(key, body))))

    @classmethod
    def parse(cls, text: Secret, key: ServerKey) -> Self | None:
        """None where it was not issued under ``key``."""
        raw = _decoded(text, ID_BYTES + _SEQUENCE_BYTES + SECRET_BYTES + _TAG_BYTES)
        if raw is None or not same(raw[-_TAG_BYTES:], _tag(key, raw[:-_TAG_BYTES])):
            return None
        sequence = int.from_bytes(raw[ID_BYTES : ID_BYTES + _SEQUENCE_BYTES], "big")
        return cls(raw[:ID_BYTES].hex(), sequence, text)


def _tag(key: ServerKey, body: bytes) -> bytes:
    return key.mac("refresh token", body.hex())[:_TAG_BYTES]


def _unpadded(raw: bytes) -> str:
    return urlsafe_b64encode(raw).decode().rstrip("=")


def _decoded(text: Secret, length: int) -> bytes | None:
    """The bytes behind a token of ours, or None; only the one canonical spelling is accepted."""
    given = text.reveal()
    try:
        raw = urlsafe_b64decode(given.encode("ascii") + b"=" * (-len(given) % 4))
    except (Base64Error, ValueError):
        return None
    return raw if len(raw) == length and _unpadded(raw) == given else None
