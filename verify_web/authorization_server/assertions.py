"""What a JWT assertion must say to be believed, as a client's authentication or as a grant (RFC 7523 §3)."""

from typing import NamedTuple

from verify_web.authorization_server.foreign_jwts import ForeignJWT, ForeignJWTError
from verify_web.authorization_server.settings import ServerSettings

FARTHEST_EXPIRY = 600.0
"""Seconds ahead that an assertion may live: its ``jti`` is remembered for no longer."""
LEEWAY = 30.0
"""Seconds by which the other clock may be ahead of ours."""

_ENDPOINTS = ("token", "device_authorization", "revoke", "introspect", "par")


class Assertion(NamedTuple):
    """The claims that are needed, each of the right kind; instants are Unix time."""

    issuer: str
    subject: str
    jti: str
    expires_at: float
    issued_at: float | None


def audiences(settings: ServerSettings) -> frozenset[str]:
    """How an assertion may name this server: its issuer identifier, or the URL of an endpoint, as stock clients do.

    All of them mean this server and no other, so an assertion made for someone else is never good here.
    """
    url = settings.public_url
    return frozenset({url, *(f"{url}/{endpoint}" for endpoint in _ENDPOINTS)})


def judged(jwt: ForeignJWT, audiences: frozenset[str], now: float) -> Assertion:
    """The assertion in a JWT whose signature was verified.

    ``aud`` is one text: of an array no one can tell whom else it was made for. There has to be an ``exp``, a few minutes
    ahead, and a ``jti``, which the caller lets pass once.

    Raises:
        ForeignJWTError
    """
    issuer, subject, jti = jwt.text("iss"), jwt.text("sub"), jwt.text("jti")
    if jwt.text("aud", limit=2048) not in audiences:
        raise ForeignJWTError("aud is not this server's issuer identifier")
    expires_at = jwt.instant("exp")
    if expires_at is None:
        raise ForeignJWTError("exp is missing")
    if expires_at <= now:
        raise ForeignJWTError("the assertion has expired")
    if expires_at > now + FARTHEST_EXPIRY + LEEWAY:
        raise ForeignJWTError(f"exp is more than {FARTHEST_EXPIRY:.0f} seconds ahead")
    issued_at = jwt.instant("iat")
    if max(issued_at or 0.0, jwt.instant("nbf") or 0.0) > now + LEEWAY:
        raise ForeignJWTError("the assertion is not valid yet")
    return Assertion(issuer, subject, jti, expires_at, issued_at)
