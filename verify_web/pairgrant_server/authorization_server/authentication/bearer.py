"""A request that brings a token along, and what it is told where that won't do (RFC 6750, RFC 9449 §7.1)."""

from typing import NamedTuple

from pairgrant_protocol.secret import Secret
from pairgrant_protocol.vocabulary import ErrorCode
from pairgrant_server.authorization_server.http.message import OAuthError, Request
from pairgrant_server.authorization_server.jose.public_keys import SIGNING_ALGORITHMS


class PresentedToken(NamedTuple):
    """``is_dpop``: it came under the scheme DPoP, and is worth something only beside a proof."""

    token: Secret
    is_dpop: bool


def presented_token(request: Request) -> PresentedToken:
    """The token of an Authorization header (RFC 6750 §2.1); one in the query or the body is not looked at.

    Raises:
        OAuthError: ``invalid_request``: there is none (401), or the header is malformed (400).
    """
    authorization = request.header(b"authorization")
    if authorization is None:
        # No error code in the challenge where no credentials came (§3.1).
        raise OAuthError(
            ErrorCode.INVALID_REQUEST,
            "send the access token in an Authorization header",
            status=401,
            headers=((b"www-authenticate", b'Bearer realm="pairgrant"'),),
        )
    scheme, _, token = authorization.partition(b" ")
    try:
        text = token.strip().decode("ascii")
    except UnicodeDecodeError:
        text = ""
    if scheme.lower() not in {b"bearer", b"dpop"} or not text:
        raise OAuthError(
            ErrorCode.INVALID_REQUEST,
            "the Authorization header is neither Bearer nor DPoP",
            headers=((b"www-authenticate", b'Bearer error="invalid_request"'),),
        )
    return PresentedToken(Secret(text), scheme.lower() == b"dpop")


def invalid_token(description: str, *, is_dpop: bool = False) -> OAuthError:
    """401 ``invalid_token`` in the scheme in which the token came (RFC 6750 §3.1, RFC 9449 §7.1).

    ``description`` quotes nothing of the token.
    """
    challenge = f'Bearer error="{ErrorCode.INVALID_TOKEN}", error_description="{description}"'
    if is_dpop:
        challenge = f'DPoP{challenge.removeprefix("Bearer")}, algs="{" ".join(SIGNING_ALGORITHMS)}"'
    return OAuthError(
        ErrorCode.INVALID_TOKEN,
        description,
        status=401,
        headers=((b"www-authenticate", challenge.encode()),),
    )
