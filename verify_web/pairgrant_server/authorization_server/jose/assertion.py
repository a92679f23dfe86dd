"""What a JWT assertion must say to be believed, as a client's authentication or as a grant (RFC 7523 §3)."""

from typing import NamedTuple

from pairgrant_server.authorization_server.jose.foreign_jwt import ForeignJWT, ForeignJWTError
from pairgrant_server.authorization_server.model.settings import ServerSettings

LONGEST_LIFE = 600.0
"""Seconds for which an assertion is good at most, and its ``jti`` is remembered."""
FARTHEST_EXPIRY = 3600.0
"""Seconds ahead that ``exp`` may say; Authlib always says an hour, and an ``iat`` beside it."""
LEEWAY = 30.0
"""Seconds by which the other clock may be ahead of ours."""

_ENDPOINTS = ("token", "device_authorization", "revoke", "introspect", "par")


class Assertion(NamedTuple):
    """The claims that are needed, each of the right kind; instants are Unix time.

    ``expires_at`` is when it ends here.
    """

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

    ``aud`` is one text: of an array no one can tell whom else it was made for. There has to be an ``exp``; what has an
    ``iat`` ends ten minutes after that, whatever its ``exp``, and what has none may not live longer than that from now. So
    nothing is good again once its ``jti``, which the caller lets pass once, is forgotten.

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
