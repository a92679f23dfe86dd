"""``/revoke``: token revocation (RFC 7009), for public clients too; of a device_code also, by its device."""

from pairgrant_protocol.secret import Secret
from pairgrant_protocol.vocabulary import ErrorCode
from pairgrant_server.authorization_server.authentication.client_authentication import authenticate_client
from pairgrant_server.authorization_server.authentication.dpop import DPoP
from pairgrant_server.authorization_server.clients.clients import Clients
from pairgrant_server.authorization_server.device_flow.cancellation import GrantCancellation
from pairgrant_server.authorization_server.endpoints.form_request import form_of
from pairgrant_server.authorization_server.errors import OAuthError
from pairgrant_server.authorization_server.http.message import NO_STORE, Endpoint, Request, Response
from pairgrant_server.authorization_server.secrets.opaque_code import OpaqueCode
from pairgrant_server.authorization_server.tokens.revocation import Revocation

REVOCATION_PATH = "/revoke"


def revocation_endpoint(
    clients: Clients, revocation: Revocation, cancellation: GrantCancellation, dpop: DPoP
) -> Endpoint:
    done = Response(200, b"", ((b"content-length", b"0"), *NO_STORE))

    async def revoke(request: Request) -> Response:
        form = form_of(request)
        client = await authenticate_client(request, form, clients)
        token = form.get("token")
        if token is None:
            raise OAuthError(ErrorCode.INVALID_REQUEST, "token is missing")
        code = OpaqueCode.parse(Secret(token))
        if code is None:
            await revocation.revoke(client, Secret(token))
            return done
        dpop_jkt = dpop.proved_key(request, "POST", REVOCATION_PATH)
        await cancellation.cancel(
            client,
            code,
            address=request.address,
            dpop_jkt=dpop_jkt,
            code_verifier=form.get("code_verifier"),
        )
        return done if dpop_jkt is None else dpop.with_nonce(done)

    return revoke
