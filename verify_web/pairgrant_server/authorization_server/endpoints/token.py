"""The token endpoint (RFC 6749 §3.2): authenticates the client and selects the grant, which does the rest."""

from collections.abc import Mapping

from pairgrant_protocol.vocabulary import ErrorCode, GrantType
from pairgrant_server.authorization_server.authentication.client_authentication import (
    authenticate_client,
    known_public_client,
)
from pairgrant_server.authorization_server.authentication.dpop import DPoP, missing_proof
from pairgrant_server.authorization_server.clients.clients import Clients
from pairgrant_server.authorization_server.endpoints.form_request import form_of
from pairgrant_server.authorization_server.endpoints.token_grants.token_request import (
    TokenGrant,
    TokenRequest,
)
from pairgrant_server.authorization_server.errors import OAuthError
from pairgrant_server.authorization_server.http.message import Endpoint, Request, Response

TOKEN_PATH = "/token"


def token_endpoint(clients: Clients, grants: Mapping[GrantType, TokenGrant], dpop: DPoP) -> Endpoint:
    """``grants`` are the grant types that the server offers.

    A client's registration says which it may use.
    """
    by_grant_type: dict[str, TokenGrant] = dict(grants.items())
    supported = ", ".join(sorted(by_grant_type))

    async def token(request: Request) -> Response:
        form = form_of(request)
        client = known_public_client(request, form, clients)
        if client is None:
            client = await authenticate_client(request, form, clients)
        grant_type = form.get("grant_type")
        if grant_type is None:
            raise OAuthError(ErrorCode.INVALID_REQUEST, "grant_type is missing")
        grant = by_grant_type.get(grant_type)
        if grant is None:
            raise OAuthError(
                ErrorCode.UNSUPPORTED_GRANT_TYPE, f"this server supports the grant types {supported}"
            )
        if grant_type not in client.grant_types:
            raise OAuthError(
                ErrorCode.UNAUTHORIZED_CLIENT, f"this client may not use the grant type {grant_type}"
            )
        dpop_jkt = dpop.proved_key(request, "POST", TOKEN_PATH)
        if dpop_jkt is None:
            if client.policy.requires_dpop:
                raise missing_proof()
            return await grant(TokenRequest(client, form, request))
        return dpop.with_nonce(await grant(TokenRequest(client, form, request, dpop_jkt)))

    return token
