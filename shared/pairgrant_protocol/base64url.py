"""Base64url without padding, as JOSE, PKCE and opaque tokens write bytes (RFC 7515 §2, RFC 7636 §3)."""

import re
from binascii import a2b_base64, b2a_base64

from pairgrant_protocol.errors import ProtocolError

_SHA256 = re.compile(r"[A-Za-z0-9_-]{43}")
_TO_BASE64URL = bytes.maketrans(b"+/", b"-_")
_FROM_BASE64URL = bytes.maketrans(b"-_+/=", b"+/!!!")
"""To base64. A character of base64 alone becomes one that neither alphabet has."""


class Base64URLError(ProtocolError):
    """A text that is not base64url without padding."""


def base64url(raw: bytes) -> str:
    return b2a_base64(raw, newline=False).translate(_TO_BASE64URL, b"=").decode()


def from_base64url(text: str) -> bytes:
    """The bytes that ``text`` encodes; two texts may encode the same, as the last character has unused bits.

    Raises:
        Base64URLError: another character than the 64, or a length that no bytes have.
    """
    try:
        base64 = text.encode("ascii").translate(_FROM_BASE64URL)
        return a2b_base64(base64 + b"=" * (-len(base64) % 4), strict_mode=True)
    except ValueError:
        raise Base64URLError("the text is not base64url") from None


def is_base64url_of_sha256(text: str) -> bool:
    """Whether this can be a SHA-256: a thumbprint (RFC 7638) or a code_challenge (RFC 7636 §4.2)."""
    return _SHA256.fullmatch(text) is not None
