"""Base64url without padding, as JOSE, PKCE and opaque tokens write bytes (RFC 7515 §2, RFC 7636 §3)."""

import re
from base64 import urlsafe_b64decode, urlsafe_b64encode

from pairgrant_protocol.errors import ProtocolError

_TEXT = re.compile(r"[A-Za-z0-9_-]*")
_SHA256 = re.compile(r"[A-Za-z0-9_-]{43}")


class Base64URLError(ProtocolError):
    """A text that is not base64url without padding."""


def base64url(raw: bytes) -> str:
    return urlsafe_b64encode(raw).decode().rstrip("=")


def from_base64url(text: str) -> bytes:
    """The bytes that ``text`` encodes; two texts may encode the same, as the last character has unused bits.

    Raises:
        Base64URLError: another character than the 64, or a length that no bytes have.
    """
    if not _TEXT.fullmatch(text) or len(text) % 4 == 1:
        raise Base64URLError("the text is not base64url")
    return urlsafe_b64decode(text + "=" * (-len(text) % 4))


def is_base64url_of_sha256(text: str) -> bool:
    """Whether this can be a SHA-256: a thumbprint (RFC 7638) or a code_challenge (RFC 7636 §4.2)."""
    return _SHA256.fullmatch(text) is not None
