"""Pushed authorization requests: the client hands its parameters over itself, before any browser is sent (RFC 9126)."""

from shared.vocabulary import ErrorCode
from verify_web.authorization_server.attempts import network_of
from verify_web.authorization_server.authorization_grants import REQUEST_LIFETIME, AuthorizationGrants
from verify_web.authorization_server.authorization_request import (
    AuthorizationRequest,
    RefusedRequestError,
    UnusableRequestError,
)
from verify_web.authorization_server.client_authentication import authenticate_client
from verify_web.authorization_server.clients import Clients
from verify_web.authorization_server.endpoints.authorize import REQUEST_URI
from verify_web.authorization_server.endpoints.form_request import form_of
from verify_web.authorization_server.http import Endpoint, OAuthError, Request, Response, json_response
from verify_web.authorization_server.rate import RateLimit
from verify_web.authorization_server.settings import ServerSettings


def pushed_authorization_endpoint(
    settings: ServerSettings, clients: Clients, grants: AuthorizationGrants, per_address: RateLimit
) -> Endpoint:
    async def push(request: Request) -> Response:
        form = form_of(request)
        client = await authenticate_client(request, form, clients)
        if "request_uri" in form:
            raise OAuthError(ErrorCode.INVALID_REQUEST, "request_uri is not for pushed requests")
        if not per_address.allows(network_of(request.address)):
            raise OAuthError(
                ErrorCode.TEMPORARILY_UNAVAILABLE,
                "too many authorization requests; try again in a minute",
                status=429,
                headers=((b"retry-after", b"60"),),
            )
        try:
            asked = AuthorizationRequest.parse(form, client, settings, pushed=True)
        except UnusableRequestError as error:
            raise OAuthError(ErrorCode.INVALID_REQUEST, str(error)) from None
        except RefusedRequestError as error:
            raise OAuthError(error.code, str(error)) from None
        reference = await grants.begin(asked)
        return json_response(
            {"request_uri": REQUEST_URI + reference, "expires_in": REQUEST_LIFETIME}, status=201
        )

    return push
