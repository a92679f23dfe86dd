"""What the store remembers of an identifier that may be used once, or not any more: a digest that says whose it is.

A ``jti`` is only as unique as who made it says (RFC 7519 §4.1.7), so it is never kept without its issuer.
"""

import json
from hashlib import sha256


def of_access_token(jti: str) -> bytes:
    """Of an access token of ours that no connected device stands behind; spent: revoked."""
    return _digest("access token", jti)


def of_client_assertion(client_id: str, jti: str) -> bytes:
    """Of a JWT by which a client authenticated (RFC 7523 §2.2)."""
    return _digest("client assertion", client_id, jti)


def of_grant_assertion(issuer: str, jti: str) -> bytes:
    """Of a JWT that was an authorization grant (RFC 7523 §2.1), whichever client brought it."""
    return _digest("assertion", issuer, jti)


def of_upstream_state(state: str) -> bytes:
    """Of the answer to a sign-in at another provider (OpenID Connect Core 1.0 §3.1.2.5)."""
    return _digest("upstream state", state)


def _digest(*parts: str) -> bytes:
    """Different parts never read the same, wherever the cuts between them are."""
    return sha256(json.dumps(parts).encode()).digest()
