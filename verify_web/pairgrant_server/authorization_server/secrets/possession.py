"""What a device shows beside its device_code, step (E): that it holds what the code was bound to when it was asked for."""

import re
from base64 import urlsafe_b64encode
from hashlib import sha256
from hmac import compare_digest
from typing import NamedTuple, Protocol

_VERIFIER = re.compile(r"[A-Za-z0-9._~-]{43,128}")  # RFC 7636 §4.1


_SHA256 = re.compile(r"[A-Za-z0-9_-]{43}")


class Bound(Protocol):
    """A grant that may be bound to a key, to a verifier, or to both."""

    @property
    def dpop_jkt(self) -> str | None: ...
    @property
    def code_challenge(self) -> str | None: ...


class Possession(NamedTuple):
    """``dpop_jkt`` of the key that was proved (RFC 9449), and the ``code_verifier`` that was sent (RFC 7636)."""

    dpop_jkt: str | None = None
    code_verifier: str | None = None

    def opens(self, grant: Bound) -> bool:
        """Whether the code is worth anything in these hands."""
        return (grant.dpop_jkt is None or grant.dpop_jkt == self.dpop_jkt) and (
            grant.code_challenge is None or answers(grant.code_challenge, self.code_verifier)
        )


def answers(code_challenge: str, code_verifier: str | None) -> bool:
    """Whether the verifier is the one behind an S256 challenge (RFC 7636 §4.6)."""
    if code_verifier is None or not _VERIFIER.fullmatch(code_verifier):
        return False
    hashed = urlsafe_b64encode(sha256(code_verifier.encode()).digest()).rstrip(b"=")
    return compare_digest(hashed, code_challenge.encode())


def is_thumbprint(text: str) -> bool:
    """Whether this is the base64url of a SHA-256: a key's thumbprint (RFC 7638), or a code_challenge (RFC 7636 §4.2)."""
    return _SHA256.fullmatch(text) is not None
