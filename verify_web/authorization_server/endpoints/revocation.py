"""A device signs itself out: RFC 7009, for public clients too."""

from shared.secret import Secret
from shared.vocabulary import ErrorCode
from verify_web.authorization_server.client_authentication import authenticate_client
from verify_web.authorization_server.clients import Clients
from verify_web.authorization_server.endpoints.form_request import form_of
from verify_web.authorization_server.http import NO_STORE, Endpoint, OAuthError, Request, Response
from verify_web.authorization_server.revocation import Revocation


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
