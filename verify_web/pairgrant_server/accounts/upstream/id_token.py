"""Validation of a provider's ID token for one sign-in (OpenID Connect Core 1.0 §3.1.3.7)."""

from collections.abc import Sequence
from typing import Any

from pairgrant_server.accounts.upstream.attempt import Attempt
from pairgrant_server.accounts.upstream.provider_metadata import MAX_DOCUMENT_BYTES
from pairgrant_server.accounts.upstream.upstream_error import UpstreamError, UpstreamFailure
from pairgrant_server.accounts.upstream.upstream_user import UpstreamUser
from pairgrant_server.authorization_server.jose.foreign_jwt import ForeignJWT, ForeignJWTError
from pairgrant_server.authorization_server.jose.public_keys import (
    SIGNING_ALGORITHMS,
    PublicKey,
    PublicKeysError,
    public_key,
)
from pairgrant_server.authorization_server.jose.strict_json import StrictJSONError, strict_object
from pairgrant_server.authorization_server.secrets.server_key import same

LEEWAY = 60.0
"""Seconds by which the provider's clock and ours may differ."""

_MAX_CHARACTERS = 65_536
"""Large, because some providers list every group of a person."""

_MAX_KEYS = 100


def provider_keys(jwks: bytes) -> tuple[PublicKey, ...]:
    """The keys of a provider's JWK Set that may sign ID tokens; unknown kinds are ignored (RFC 7517 §5).

    Raises:
        UpstreamError: UNAVAILABLE, if it is not a JWK Set.
    """
    try:
        found = strict_object(jwks, limit=MAX_DOCUMENT_BYTES).get("keys")
    except StrictJSONError as error:
        raise UpstreamError(UpstreamFailure.UNAVAILABLE, f"its JWK Set is unreadable: {error}") from None
    if not isinstance(found, list) or len(found) > _MAX_KEYS:
        raise UpstreamError(
            UpstreamFailure.UNAVAILABLE, f"its JWK Set has no list of at most {_MAX_KEYS} keys"
        )
    return tuple(filter(None, map(_key_or_none, found)))


def parse_id_token(id_token: str) -> ForeignJWT:
    """Parse a token and require an asymmetric algorithm: never ``none``, never a MAC.

    Raises:
        UpstreamError: INVALID_RESPONSE.
    """
    try:
        token = ForeignJWT.parse(id_token, limit=_MAX_CHARACTERS)
    except ForeignJWTError as error:
        raise UpstreamError(UpstreamFailure.INVALID_RESPONSE, f"the ID token is refused: {error}") from None
    if token.header.get("alg") not in SIGNING_ALGORITHMS:
        raise UpstreamError(
            UpstreamFailure.INVALID_RESPONSE,
            f"the ID token is not signed with {', '.join(SIGNING_ALGORITHMS)}",
        )
    return token


def key_of_token(token: ForeignJWT, keys: Sequence[PublicKey]) -> PublicKey | None:
    """The key that the token names; without a ``kid``, the only one for its algorithm (§10.1)."""
    algorithm, kid = token.header.get("alg"), token.header.get("kid")
    fitting = [key for key in keys if algorithm in key.algorithms and (kid is None or key.kid == kid)]
    return fitting[0] if len(fitting) == 1 else None


def validated_user(
    token: ForeignJWT, key: PublicKey, attempt: Attempt, *, issuer: str, client_id: str, now: float
) -> UpstreamUser:
    """The user that the token identifies, after all checks.

    Raises:
        UpstreamError: INVALID_RESPONSE or SIGN_IN_TOO_OLD.
    """
    try:
        token.verify([key])
        subject = token.text("sub")
        issued_at, ends_at, begins_at, signed_in_at = map(token.instant, ("iat", "exp", "nbf", "auth_time"))
    except ForeignJWTError as error:
        raise UpstreamError(UpstreamFailure.INVALID_RESPONSE, f"the ID token is refused: {error}") from None
    if token.claims.get("iss") != issuer:
        raise _forged("iss is another provider")
    audience = token.claims.get("aud")
    audiences = audience if isinstance(audience, list) else [audience]
    if client_id not in audiences or not all(isinstance(one, str) for one in audiences):
        raise _forged("aud is another client")
    party = token.claims.get("azp")
    if party != client_id and (party is not None or len(audiences) > 1):
        raise _forged("azp is another client")
    nonce = token.claims.get("nonce")
    if not isinstance(nonce, str) or not same(nonce.encode(), attempt.nonce.encode()):
        raise _forged("nonce does not match this sign-in")
    if ends_at is None or now >= ends_at + LEEWAY:
        raise _forged("it has expired")
    if issued_at is None or not attempt.started_at - LEEWAY <= issued_at <= now + LEEWAY:
        raise _forged("iat is not within this sign-in; check the clock")
    if begins_at is not None and begins_at > now + LEEWAY:
        raise _forged("it is not valid yet (nbf)")
    if attempt.wants_fresh and (signed_in_at is None or signed_in_at < attempt.started_at - LEEWAY):
        raise UpstreamError(
            UpstreamFailure.SIGN_IN_TOO_OLD, "auth_time is older than the required fresh sign-in"
        )
    return UpstreamUser(issuer, subject, token.claims)


def _forged(reason: str) -> UpstreamError:
    return UpstreamError(UpstreamFailure.INVALID_RESPONSE, f"the ID token is refused: {reason}")


def _key_or_none(jwk: Any) -> PublicKey | None:
    try:
        return public_key(jwk)
    except PublicKeysError:
        return None
