"""A request that brings a token along, and what it is told where that won't do (RFC 6750)."""

from shared.secret import Secret
from shared.vocabulary import ErrorCode
from verify_web.authorization_server.http import OAuthError, Request


def bearer_token(request: Request) -> Secret:
    """The token of an Authorization header (§2.1); one in the query or the body is not looked at.

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
    if scheme.lower() != b"bearer" or not text:
        raise OAuthError(
            ErrorCode.INVALID_REQUEST,
            "the Authorization header is not Bearer",
            headers=((b"www-authenticate", b'Bearer error="invalid_request"'),),
        )
    return Secret(text)


def invalid_token(description: str) -> OAuthError:
    """401 ``invalid_token`` (§3.1); ``description`` quotes nothing of the token."""
    challenge = f'Bearer error="{ErrorCode.INVALID_TOKEN}", error_description="{description}"'
    return OAuthError(
        ErrorCode.INVALID_TOKEN,
        description,
        status=401,
        headers=((b"www-authenticate", challenge.encode()),),
    )
