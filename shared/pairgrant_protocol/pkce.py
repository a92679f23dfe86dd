"""PKCE with S256 (RFC 7636): what binds a code to the client that asked for it, in both flows."""

import re
from hashlib import sha256
from hmac import compare_digest

from pairgrant_protocol.base64url import base64url

_VERIFIER = re.compile(r"[A-Za-z0-9._~-]{43,128}")


def is_code_verifier(text: str) -> bool:
    """Whether ``text`` has the form of a code_verifier (§4.1)."""
    return _VERIFIER.fullmatch(text) is not None


def code_challenge_of(code_verifier: str) -> str:
    """The S256 code_challenge of a code_verifier (§4.2)."""
    return base64url(sha256(code_verifier.encode()).digest())


def verifier_matches(code_challenge: str, code_verifier: str | None) -> bool:
    """Whether ``code_verifier`` is the one behind an S256 ``code_challenge`` (§4.6)."""
    if code_verifier is None or not is_code_verifier(code_verifier):
        return False
    return compare_digest(code_challenge_of(code_verifier).encode(), code_challenge.encode())
