"""Opaque codes: the device_code (RFC 8628 §3.2) and the authorization code (RFC 6749 §4.1.2)."""

from binascii import Error as Base64Error
from binascii import a2b_base64
from typing import NamedTuple, Self

from pairgrant_protocol.base64url import base64url
from pairgrant_protocol.secret import Secret
from pairgrant_server.authorization_server.secrets.identifiers import (
    ID_BYTES,
    ID_RANDOM_BYTES,
    SECRET_BYTES,
    RandomBytes,
    id_of,
)

_LENGTH = (ID_BYTES + SECRET_BYTES) // 3 * 4
_FROM_BASE64URL = bytes.maketrans(b"-_", b"+/")
_ID_LETTERS = 24
"""Of base64url; they hold the identifier and two bytes more."""


class OpaqueCode(NamedTuple):
    """The identifier of the code's grant, by which it is found, and 256 bits that can't be guessed."""

    grant_id: bytes
    text: Secret

    @classmethod
    def issue(cls, now: float, random_bytes: RandomBytes) -> Self:
        random = random_bytes(ID_RANDOM_BYTES + SECRET_BYTES)
        return cls.of(id_of(now, random[:ID_RANDOM_BYTES]), random[ID_RANDOM_BYTES:])

    @classmethod
    def of(cls, grant_id: bytes, secret: bytes) -> Self:
        """``secret`` is 32 unguessable bytes."""
        return cls(grant_id, Secret(base64url(grant_id + secret)))

    @classmethod
    def parse(cls, text: Secret) -> Self | None:
        """None if the text can't be a code of this server.

        Whether it is one is for the digest in the store to tell.
        """
        given = text.reveal()
        if len(given) != _LENGTH or not given.isascii():
            return None
        try:
            raw = a2b_base64(given[:_ID_LETTERS].encode().translate(_FROM_BASE64URL))
        except Base64Error:
            return None
        return cls(raw[:ID_BYTES], text) if len(raw) >= ID_BYTES else None
