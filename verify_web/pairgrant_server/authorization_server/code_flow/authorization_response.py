"""The authorization response (RFC 6749 §4.1.2), always with ``iss`` (RFC 9207 §2)."""

from urllib.parse import urlencode

from pairgrant_protocol.secret import Secret
from pairgrant_protocol.vocabulary import ErrorCode
from pairgrant_server.authorization_server.code_flow.authorization_request import (
    AuthorizationRequest,
    RefusedRequestError,
)
from pairgrant_server.authorization_server.code_flow.redirection import with_parameters
from pairgrant_server.authorization_server.errors import allowed_description


def approval_uri(request: AuthorizationRequest, code: Secret, issuer: str) -> str:
    return _response_uri(
        request.redirect_uri, request.response_mode, {"code": code.reveal()}, request.state, issuer
    )


def error_uri(request: AuthorizationRequest, error: ErrorCode, description: str, issuer: str) -> str:
    """An error of RFC 6749 §4.1.2.1 or OpenID Connect Core §3.1.2.6."""
    members = {"error": str(error), "error_description": allowed_description(description)}
    return _response_uri(request.redirect_uri, request.response_mode, members, request.state, issuer)


def refusal_uri(error: RefusedRequestError, issuer: str) -> str:
    """The same for a request about which no person was asked."""
    members = {"error": str(error.code), "error_description": str(error)}
    return _response_uri(error.redirect_uri, error.response_mode, members, error.state, issuer)


def _response_uri(uri: str, mode: str, members: dict[str, str], state: str | None, issuer: str) -> str:
    parameters = {**members, **({} if state is None else {"state": state}), "iss": issuer}
    # A registered URI has no fragment (RFC 6749 §3.1.2).
    return f"{uri}#{urlencode(parameters)}" if mode == "fragment" else with_parameters(uri, parameters)
