"""Refresh tokens (RFC 6749 §1.5): opaque to their holders, quick to look up."""

from typing import NamedTuple, Self

from pairgrant_protocol.base64url import Base64URLError, base64url, from_base64url
from pairgrant_protocol.secret import Secret
from pairgrant_server.authorization_server.secrets.identifiers import ID_BYTES, SECRET_BYTES
from pairgrant_server.authorization_server.secrets.server_key import ServerKey, same

_SEQUENCE_BYTES = 4
_TAG_BYTES = 16
_LENGTH = ID_BYTES + _SEQUENCE_BYTES + SECRET_BYTES + _TAG_BYTES


class RefreshToken(NamedTuple):
    """Connected device, number of the rotation, 256 random bits, and a tag under the server key.

    The tag distinguishes a genuine old token, whose replay revokes the family, from an invented one, which
    must not.
    """

    device_id: str
    sequence: int
    text: Secret

    @classmethod
    def issue(cls, device_id: str, sequence: int, key: ServerKey, secret: bytes) -> Self:
        """``device_id`` is 32 hexadecimal digits, ``secret`` 32 unguessable bytes."""
        body = bytes.fromhex(device_id) + sequence.to_bytes(_SEQUENCE_BYTES, "big") + secret
        return cls(device_id, sequence, Secret(base64url(body + _tag(key, body))))

    @classmethod
    def parse(cls, text: Secret, key: ServerKey) -> Self | None:
        """None if it was not issued under ``key``; only the one canonical spelling is accepted."""
        try:
            raw = from_base64url(text.reveal())
        except Base64URLError:
            return None
        if len(raw) != _LENGTH or base64url(raw) != text.reveal():
            return None
        if not same(raw[-_TAG_BYTES:], _tag(key, raw[:-_TAG_BYTES])):
            return None
        sequence = int.from_bytes(raw[ID_BYTES : ID_BYTES + _SEQUENCE_BYTES], "big")
        return cls(raw[:ID_BYTES].hex(), sequence, text)


def _tag(key: ServerKey, body: bytes) -> bytes:
    return key.mac("refresh token", body.hex())[:_TAG_BYTES]
