"""What a device shows beside its device_code, step (E): that it holds what the code was bound to when it was asked for."""

import re
from base64 import urlsafe_b64encode
from hashlib import sha256
from hmac import compare_digest

_VERIFIER = re.compile(r"[A-Za-z0-9._~-]{43,128}")  # RFC 7636 §4.1


_SHA256 = re.compile(r"[A-Za-z0-9_-]{43}")


def answers(code_challenge: str, code_verifier: str | None) -> bool:
    """Whether the verifier is the one behind an S256 challenge (RFC 7636 §4.6)."""
    if code_verifier is None or not _VERIFIER.fullmatch(code_verifier):
        return False
    hashed = urlsafe_b64encode(sha256(code_verifier.encode()).digest()).rstrip(b"=")
    return compare_digest(hashed, code_challenge.encode())


def is_thumbprint(text: str) -> bool:
    """Whether this is the base64url of a SHA-256: a key's thumbprint (RFC 7638), or a code_challenge (RFC 7636 §4.2)."""
    return _SHA256.fullmatch(text) is not None
