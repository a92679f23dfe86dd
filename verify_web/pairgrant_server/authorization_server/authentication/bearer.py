"""The access token that a request to a protected resource presents (RFC 6750 §2.1, RFC 9449 §7.1)."""

from typing import NamedTuple

from pairgrant_protocol.secret import Secret
from pairgrant_protocol.vocabulary import ErrorCode
from pairgrant_server.authorization_server.errors import AccessTokenError, MalformedAuthorizationError
from pairgrant_server.authorization_server.http.message import Request


class PresentedToken(NamedTuple):
    """``is_dpop``: it came under the scheme DPoP, which requires a proof beside it."""

    token: Secret
    is_dpop: bool


def presented_token(request: Request) -> PresentedToken:
    """The token of an Authorization header (RFC 6750 §2.1); one in the query or the body is ignored.

    Raises:
        AccessTokenError: there is no Authorization header.
        MalformedAuthorizationError: the header is malformed.
    """
    authorization = request.header(b"authorization")
    if authorization is None:
        raise AccessTokenError(
            "send the access token in an Authorization header",
            code=ErrorCode.INVALID_REQUEST,
            was_sent=False,
        )
    scheme, _, token = authorization.partition(b" ")
    try:
        text = token.strip().decode("ascii")
    except UnicodeDecodeError:
        text = ""
    if scheme.lower() not in {b"bearer", b"dpop"} or not text:
        raise MalformedAuthorizationError("the Authorization header is neither Bearer nor DPoP")
    return PresentedToken(Secret(text), scheme.lower() == b"dpop")
