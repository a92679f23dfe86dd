"""Steps (A) and (B): a device asks, and is given its two codes (RFC 8628 §3.1, §3.2)."""

from shared.messages import DeviceAuthorizationRequest
from shared.vocabulary import ErrorCode, GrantType
from verify_web.authorization_server.attempts import network_of
from verify_web.authorization_server.audience import is_allowed_resource
from verify_web.authorization_server.client_authentication import authenticate_client
from verify_web.authorization_server.clients import Clients, allowed_scope, forbidden_scope
from verify_web.authorization_server.connected_devices import invalid_target
from verify_web.authorization_server.device_grants import DeviceGrants
from verify_web.authorization_server.endpoints.form_request import form_of
from verify_web.authorization_server.http import Endpoint, OAuthError, Request, Response, json_response
from verify_web.authorization_server.rate import RateLimit
from verify_web.authorization_server.settings import ServerSettings


def device_authorization_endpoint(
    settings: ServerSettings,
    clients: Clients,
    grants: DeviceGrants,
    per_address: RateLimit,
    per_client: RateLimit,
) -> Endpoint:
    async def device_authorization(request: Request) -> Response:
        form = form_of(request)
        client = await authenticate_client(request, form, clients)
        if GrantType.DEVICE_CODE not in client.grant_types:
            # 400, because gh's library reads 401, 403, 404 and 422 as "this server has no device flow".
            raise OAuthError(ErrorCode.UNAUTHORIZED_CLIENT, "this client may not use the device grant")
        asked = DeviceAuthorizationRequest.parse(form, client.client_id)
        scope = allowed_scope(client, asked.scope)
        if scope is None:
            forbidden = forbidden_scope(client, asked.scope)
            raise OAuthError(ErrorCode.INVALID_SCOPE, f"this client may not ask for {forbidden}")
        resource = form.get("resource", "")
        if not is_allowed_resource(settings, client.policy, resource):
            raise invalid_target()
        if not (per_address.allows(network_of(request.address)) and per_client.allows(client.client_id)):
            raise OAuthError(
                ErrorCode.TEMPORARILY_UNAVAILABLE,
                "too many device authorizations; try again in a minute",
                status=429,
                headers=((b"retry-after", b"60"),),
            )
        issued = await grants.issue(client, asked, scope, request.address, resource=resource)
        return json_response(issued.serialize())

    return device_authorization
