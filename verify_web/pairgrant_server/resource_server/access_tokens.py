"""Verification of access tokens (JWTs, RFC 9068 §4) with nothing but the issuer's published keys."""

from dataclasses import dataclass
from typing import Any

from joserfc import jws
from joserfc.errors import JoseError
from joserfc.util import urlsafe_b64decode

from pairgrant_protocol.json_object import MalformedMessageError, optional_text, parse_object, text
from pairgrant_protocol.messages import split_scope
from pairgrant_protocol.secret import Secret
from pairgrant_server.authorization_server.clock import Clock
from pairgrant_server.errors import PairgrantServerError
from pairgrant_server.resource_server.issuer_keys import IssuerKeys
from pairgrant_server.resource_server.verification_keys import ALGORITHMS

LEEWAY = 5.0
"""Seconds of clock skew between the issuer and this server, in both directions."""

_MAX_TOKEN = 8192
_TYPES = frozenset({"at+jwt", "application/at+jwt"})
_REGISTRY = jws.JWSRegistry(algorithms=ALGORITHMS, strict_check_header=False)


class InvalidTokenError(PairgrantServerError):
    """The token is not accepted; the text quotes nothing of the token and may be sent to the client."""


@dataclass(frozen=True, slots=True)
class Access:
    """What a valid token grants: to whom (``subject``), to which client, and with which scope."""

    subject: str
    client_id: str
    scope: frozenset[str]
    dpop_jkt: str | None = None
    """Thumbprint of the key that the client has to prove (RFC 9449 §6.1)."""


class AccessTokens:
    """Verifies the tokens that ``issuer`` issued for ``resource``."""

    def __init__(self, issuer: str, resource: str, keys: IssuerKeys, clock: Clock) -> None:
        self._issuer = issuer
        self._resource = resource
        self._keys = keys
        self._clock = clock

    async def verify(self, token: Secret) -> Access:
        """The access that ``token`` grants now.

        Raises:
            InvalidTokenError: the token is not accepted.
            KeysUnavailableError: the issuer's keys can't be fetched.
        """
        compact = token.reveal()
        kid, algorithm = _key_named_by(compact)
        key = await self._keys.find(kid, algorithm)
        if key is None:
            raise InvalidTokenError("the access token is signed with a key that its issuer does not publish")
        try:
            payload = jws.deserialize_compact(compact, key, registry=_REGISTRY).payload
        except (JoseError, ValueError):
            raise InvalidTokenError("the signature of the access token is wrong") from None
        try:
            return self._access(parse_object(payload))
        except MalformedMessageError:
            raise InvalidTokenError(
                "the access token lacks a claim of RFC 9068, or has a malformed one"
            ) from None

    def _access(self, claims: dict[str, Any]) -> Access:
        """RFC 9068 §4, and RFC 7519 §4.1 for the instants."""
        if text(claims, "iss") != self._issuer:
            raise InvalidTokenError("the access token is from another issuer")
        audience = claims.get("aud")
        if self._resource not in (audience if isinstance(audience, list) else [audience]):
            raise InvalidTokenError("the access token is for another resource")
        now = self._clock()
        if now >= _instant(claims, "exp") + LEEWAY:
            raise InvalidTokenError("the access token has expired")
        not_before = _instant(claims, "nbf") if "nbf" in claims else 0.0
        if now < max(_instant(claims, "iat"), not_before) - LEEWAY:
            raise InvalidTokenError("the access token is not valid yet")
        text(claims, "jti")
        scope = split_scope(optional_text(claims, "scope") or "")
        return Access(
            text(claims, "sub", limit=255), text(claims, "client_id"), frozenset(scope), _bound_to(claims)
        )


def _key_named_by(compact: str) -> tuple[str | None, str]:
    """``kid`` and ``alg`` of a token whose header says that it is an access token of a supported algorithm.

    Raises:
        InvalidTokenError: it is not.
    """
    if len(compact) > _MAX_TOKEN:
        raise InvalidTokenError("the access token is too long")
    try:
        header = parse_object(urlsafe_b64decode(compact.partition(".")[0].encode()))
        token_type, algorithm = text(header, "typ"), text(header, "alg")
        kid = optional_text(header, "kid", limit=200)
    except ValueError:
        raise InvalidTokenError("the access token is not a JWT of RFC 9068") from None
    if token_type.lower() not in _TYPES:
        raise InvalidTokenError("the token is a JWT of another type than at+jwt")
    if algorithm not in ALGORITHMS:
        raise InvalidTokenError("the access token is not signed with ES256 or RS256")
    if "crit" in header or "b64" in header:  # no critical extension is supported (RFC 7515 §4.1.11)
        raise InvalidTokenError("the access token uses an extension that is not supported")
    return kid, algorithm


def _bound_to(claims: dict[str, Any]) -> str | None:
    """The key to which a token is bound (RFC 7800); any other kind of binding than DPoP is refused."""
    if "cnf" not in claims:
        return None
    confirmation = claims["cnf"]
    if not isinstance(confirmation, dict) or confirmation.keys() != {"jkt"}:
        raise InvalidTokenError("the access token is bound in a way that is not supported")
    return text(confirmation, "jkt", limit=100)


def _instant(claims: dict[str, Any], name: str) -> float:
    """A NumericDate (RFC 7519 §2), within a range that is safe to calculate with."""
    value = claims.get(name)
    if isinstance(value, bool) or not isinstance(value, int | float) or not 0 <= value < 1e12:
        raise MalformedMessageError(f"{name} is not a NumericDate")
    return float(value)
