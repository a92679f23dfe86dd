"""The claims of a JWT assertion, as client authentication or as an authorization grant (RFC 7523 §3)."""

from typing import Any, NamedTuple, Self

from pairgrant_server.authorization_server.jose.foreign_jwt import ForeignJWT, ForeignJWTError
from pairgrant_server.authorization_server.model.client_policy import ClientPolicy
from pairgrant_server.authorization_server.model.settings import ServerSettings

LONGEST_LIFE = 600.0
"""Seconds for which an assertion is valid at most; its ``jti`` is remembered as long."""
FARTHEST_EXPIRY = 3600.0
"""Seconds by which ``exp`` may be ahead if there is an ``iat``; Authlib always sends an hour."""
LEEWAY = 30.0
"""Seconds by which the issuer's clock may be ahead."""

_ENDPOINTS = ("token", "device_authorization", "revoke", "introspect", "par")

AUTHENTICATION_TYPE = "client-authentication+jwt"
GRANT_TYPE = "authorization-grant+jwt"
"""The types of assertions in draft-ietf-oauth-rfc7523bis."""


class Assertion(NamedTuple):
    """The required claims, each of the right type; instants are Unix time.

    ``expires_at`` is when the assertion stops being valid here.
    """

    issuer: str
    subject: str
    jti: str
    expires_at: float
    issued_at: float | None


class Audiences(NamedTuple):
    """The values of ``aud`` that name this server: its issuer identifier, and the URLs of its endpoints.

    An assertion for the URL of an endpoint may have been made for another server that advertises that
    endpoint, so only a client that the operator marks may send it.
    """

    issuer: str
    endpoints: frozenset[str]

    @classmethod
    def of(cls, settings: ServerSettings) -> Self:
        url = settings.public_url
        return cls(url, frozenset(f"{url}/{endpoint}" for endpoint in _ENDPOINTS))

    def check(self, aud: str, policy: ClientPolicy) -> None:
        """Raises ``ForeignJWTError``."""
        if aud == self.issuer or (policy.accepts_endpoint_audience and aud in self.endpoints):
            return
        if aud in self.endpoints:
            raise ForeignJWTError("aud is the URL of an endpoint; send the issuer identifier")
        raise ForeignJWTError("aud is not this server's issuer identifier")


def checked_assertion(
    jwt: ForeignJWT, own_type: str, audiences: Audiences, policy: ClientPolicy, now: float
) -> Assertion:
    """The assertion in a JWT whose signature was verified; ``policy`` is that of the client that sent it.

    ``typ`` is missing, ``JWT`` or ``own_type``: a JWT of another kind is no assertion (RFC 8725 §3.11).
    ``aud`` must be a single string, because an array could name other recipients too. ``exp`` is required.
    With an ``iat`` the assertion is valid for ten minutes from then at most; without one ``exp`` may be ten
    minutes ahead at most. So no assertion is valid any more when its ``jti``, which the caller accepts once,
    is forgotten.

    Raises:
        ForeignJWTError
    """
    if not _is_type(jwt.header.get("typ"), own_type):
        raise ForeignJWTError(f"typ is neither JWT nor {own_type}")
    issuer, subject, jti = jwt.text("iss"), jwt.text("sub"), jwt.text("jti")
    audiences.check(jwt.text("aud", limit=2048), policy)
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


def _is_type(typ: Any, own_type: str) -> bool:
    """A media type is compared without its case, and ``application/`` may be left out (RFC 7515 §4.1.9)."""
    if typ is None:
        return True
    return isinstance(typ, str) and typ.lower().removeprefix("application/") in {"jwt", own_type}
