"""Digests of identifiers that may be used once, or no more, as the store remembers them.

A ``jti`` is unique only for its issuer (RFC 7519 §4.1.7), so the digest includes the issuer.
"""

import json
from hashlib import sha256


def of_access_token(jti: str) -> bytes:
    """Of an access token without a connected device; once spent, it is revoked."""
    return _digest("access token", jti)


def of_client_assertion(client_id: str, jti: str) -> bytes:
    """Of a client assertion (RFC 7523 §2.2)."""
    return _digest("client assertion", client_id, jti)


def of_grant_assertion(issuer: str, jti: str) -> bytes:
    """Of an assertion that was an authorization grant (RFC 7523 §2.1), for all clients together."""
    return _digest("assertion", issuer, jti)


def of_upstream_state(state: str) -> bytes:
    """Of the response to a sign-in at an upstream provider (OpenID Connect Core 1.0 §3.1.2.5)."""
    return _digest("upstream state", state)


def _digest(*parts: str) -> bytes:
    """Unambiguous: other parts never have the same digest."""
    return sha256(json.dumps(parts).encode()).digest()
