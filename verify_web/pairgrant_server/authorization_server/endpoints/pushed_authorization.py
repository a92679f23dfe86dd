"""Pushed authorization requests (RFC 9126): the client sends its parameters before it opens a browser."""

from pairgrant_protocol.vocabulary import ErrorCode
from pairgrant_server.authorization_server.authentication.client_authentication import authenticate_client
from pairgrant_server.authorization_server.authentication.dpop import DPoP
from pairgrant_server.authorization_server.clients.clients import Clients
from pairgrant_server.authorization_server.code_flow.authorization_request import (
    AuthorizationRequest,
    RefusedRequestError,
    UnusableRequestError,
)
from pairgrant_server.authorization_server.code_flow.code_flow import (
    REQUEST_LIFETIME,
    CodeFlow,
)
from pairgrant_server.authorization_server.code_flow.id_token_hint import IdTokenHints
from pairgrant_server.authorization_server.endpoints.authorize import REQUEST_URI
from pairgrant_server.authorization_server.endpoints.form_request import form_of
from pairgrant_server.authorization_server.errors import OAuthError, RateLimitExceededError
from pairgrant_server.authorization_server.http.message import Endpoint, Request, Response, json_response
from pairgrant_server.authorization_server.limits.authorization_request_limits import (
    AuthorizationRequestLimits,
)
from pairgrant_server.authorization_server.limits.network import network_of
from pairgrant_server.authorization_server.model.settings import ServerSettings

PAR_PATH = "/par"

_TOO_MANY = "too many authorization requests; try again in a minute"


def pushed_authorization_endpoint(
    settings: ServerSettings,
    clients: Clients,
    code_flow: CodeFlow,
    *,
    hints: IdTokenHints,
    dpop: DPoP,
    limits: AuthorizationRequestLimits,
) -> Endpoint:
    """A confidential client sends the requests of all its users, so it has a rate limit of its own."""

    async def push(request: Request) -> Response:
        form = form_of(request)
        client = await authenticate_client(request, form, clients)
        if "request_uri" in form:
            raise OAuthError(ErrorCode.INVALID_REQUEST, "a pushed request can't have a request_uri")
        network = network_of(request.address)
        if not (
            limits.allows_network(network) if client.is_public else limits.allows_pushed(client.client_id)
        ):
            raise RateLimitExceededError(_TOO_MANY)
        proved = dpop.proved_key(request, "POST", PAR_PATH)
        if proved is not None and form.setdefault("dpop_jkt", proved) != proved:  # RFC 9449 §10.1
            raise OAuthError(ErrorCode.INVALID_DPOP_PROOF, "the proof is of another key than dpop_jkt")
        subject = hints.subject(client.client_id, form)
        try:
            asked = AuthorizationRequest.parse(form, client, settings, pushed=True, subject=subject)
        except UnusableRequestError as error:
            raise OAuthError(ErrorCode.INVALID_REQUEST, str(error)) from None
        except RefusedRequestError as error:
            raise OAuthError(error.code, str(error)) from None
        if client.is_public and not limits.allows_request(client.client_id, network):
            raise RateLimitExceededError(_TOO_MANY)
        reference = await code_flow.begin(asked)
        response = json_response(
            {"request_uri": REQUEST_URI + reference, "expires_in": REQUEST_LIFETIME}, status=201
        )
        return response if proved is None else dpop.with_nonce(response)

    return push
