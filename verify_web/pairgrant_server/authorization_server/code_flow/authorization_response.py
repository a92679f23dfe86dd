"""What goes back to the client through the browser (RFC 6749 §4.1.2), always with ``iss`` (RFC 9207 §2)."""

from urllib.parse import urlencode

from pairgrant_protocol.secret import Secret
from pairgrant_protocol.vocabulary import ErrorCode
from pairgrant_server.authorization_server.code_flow.authorization_request import (
    AuthorizationRequest,
    RefusedRequestError,
)
from pairgrant_server.authorization_server.code_flow.redirection import with_parameters


def approval_uri(request: AuthorizationRequest, code: Secret, issuer: str) -> str:
    return _answer(
        request.redirect_uri, request.response_mode, {"code": code.reveal()}, request.state, issuer
    )


def error_uri(request: AuthorizationRequest, error: ErrorCode, description: str, issuer: str) -> str:
    """An error of RFC 6749 §4.1.2.1 or OpenID Connect Core §3.1.2.6."""
    told = {"error": str(error), "error_description": description}
    return _answer(request.redirect_uri, request.response_mode, told, request.state, issuer)


def refusal_uri(error: RefusedRequestError, issuer: str) -> str:
    """The same for a request that no person was asked about."""
    told = {"error": str(error.code), "error_description": str(error)}
    return _answer(error.redirect_uri, error.response_mode, told, error.state, issuer)


def _answer(uri: str, mode: str, told: dict[str, str], state: str | None, issuer: str) -> str:
    parameters = {**told, **({} if state is None else {"state": state}), "iss": issuer}
    # A registered URI has no fragment (RFC 6749 §3.1.2).
    return f"{uri}#{urlencode(parameters)}" if mode == "fragment" else with_parameters(uri, parameters)
