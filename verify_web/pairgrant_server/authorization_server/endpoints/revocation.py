"""``/revoke``: token revocation (RFC 7009), for public clients too."""

from pairgrant_protocol.secret import Secret
from pairgrant_protocol.vocabulary import ErrorCode
from pairgrant_server.authorization_server.authentication.client_authentication import authenticate_client
from pairgrant_server.authorization_server.clients.clients import Clients
from pairgrant_server.authorization_server.endpoints.form_request import form_of
from pairgrant_server.authorization_server.errors import OAuthError
from pairgrant_server.authorization_server.http.message import NO_STORE, Endpoint, Request, Response
from pairgrant_server.authorization_server.tokens.revocation import Revocation


def revocation_endpoint(clients: Clients, revocation: Revocation) -> Endpoint:
    done = Response(200, b"", ((b"content-length", b"0"), *NO_STORE))

    async def revoke(request: Request) -> Response:
        form = form_of(request)
        client = await authenticate_client(request, form, clients)
        token = form.get("token")
        if token is None:
            raise OAuthError(ErrorCode.INVALID_REQUEST, "token is missing")
        await revocation.revoke(client, Secret(token))
        return done

    return revoke
