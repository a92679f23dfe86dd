"""The claims of a JWT assertion, as client authentication or as an authorization grant (RFC 7523 §3)."""

from typing import NamedTuple

from pairgrant_server.authorization_server.jose.foreign_jwt import ForeignJWT, ForeignJWTError
from pairgrant_server.authorization_server.model.settings import ServerSettings

LONGEST_LIFE = 600.0
"""Seconds for which an assertion is valid at most; its ``jti`` is remembered as long."""
FARTHEST_EXPIRY = 3600.0
"""Seconds by which ``exp`` may be ahead if there is an ``iat``; Authlib always sends an hour."""
LEEWAY = 30.0
"""Seconds by which the issuer's clock may be ahead."""

_ENDPOINTS = ("token", "device_authorization", "revoke", "introspect", "par")


class Assertion(NamedTuple):
    """The required claims, each of the right type; instants are Unix time.

    ``expires_at`` is when the assertion stops being valid here.
    """

    issuer: str
    subject: str
    jti: str
    expires_at: float
    issued_at: float | None


def audiences(settings: ServerSettings) -> frozenset[str]:
    """The values of ``aud`` that name this server: its issuer identifier, and URLs of its endpoints."""
    url = settings.public_url
    return frozenset({url, *(f"{url}/{endpoint}" for endpoint in _ENDPOINTS)})


def checked_assertion(jwt: ForeignJWT, audiences: frozenset[str], now: float) -> Assertion:
    """The assertion in a JWT whose signature was verified.

    ``aud`` must be a single string, because an array could name other recipients too. ``exp`` is required.
    With an ``iat`` the assertion is valid for ten minutes from then at most; without one ``exp`` may be ten
    minutes ahead at most. So no assertion is valid any more when its ``jti``, which the caller accepts once,
    is forgotten.

    Raises:
        ForeignJWTError
    """
    issuer, subject, jti = jwt.text("iss"), jwt.text("sub"), jwt.text("jti")
    if jwt.text("aud", limit=2048) not in audiences:
        raise ForeignJWTError("aud is not this server's issuer identifier")
    expires_at, issued_at = jwt.instant("exp"), jwt.instant("iat")
    if expires_at is None:
        raise ForeignJWTError("exp is missing")
    farthest = LONGEST_LIFE if issued_at is None else FARTHEST_EXPIRY
    if expires_at > now + farthest + LEEWAY:
        raise ForeignJWTError(f"exp is more than {farthest:.0f} seconds ahead")
    if max(issued_at or 0.0, jwt.instant("nbf") or 0.0) > now + LEEWAY:
        raise ForeignJWTError("the assertion is not valid yet")
    if issued_at is not None:
        expires_at = min(expires_at, issued_at + LONGEST_LIFE)
    if expires_at <= now:
        raise ForeignJWTError("the assertion has expired")
    return Assertion(issuer, subject, jti, expires_at, issued_at)
