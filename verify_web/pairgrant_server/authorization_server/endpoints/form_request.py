"""The form in the body of a POST (RFC 6749 §3.2, RFC 8628 §3.1)."""

from pairgrant_protocol.vocabulary import FORM_CONTENT_TYPE, ErrorCode
from pairgrant_server.authorization_server.errors import OAuthError
from pairgrant_server.authorization_server.http.form import FormError, parse_form
from pairgrant_server.authorization_server.http.message import Request

_FORM = FORM_CONTENT_TYPE.encode()


def form_of(request: Request) -> dict[str, str]:
    """Name -> value; an empty parameter is omitted.

    Raises:
        OAuthError: ``invalid_request``: parameters in the query string, another content type, a malformed
            body.
    """
    if request.query:
        raise OAuthError(
            ErrorCode.INVALID_REQUEST, "send the parameters in the body, not in the query string"
        )
    content_type = request.header(b"content-type") or b""
    if content_type != _FORM and content_type.partition(b";")[0].strip().lower() != _FORM:
        raise OAuthError(ErrorCode.INVALID_REQUEST, f"the content type is not {FORM_CONTENT_TYPE}")
    try:
        return parse_form(request.body)
    except FormError as error:
        raise OAuthError(ErrorCode.INVALID_REQUEST, str(error)) from None
