"""Steps (A) and (B): a device requests its two codes (RFC 8628 §3.1, §3.2)."""

from collections.abc import Mapping

from pairgrant_protocol.base64url import is_base64url_of_sha256
from pairgrant_protocol.messages import DeviceAuthorizationRequest
from pairgrant_protocol.vocabulary import ErrorCode, GrantType
from pairgrant_server.authorization_server.authentication.client_authentication import (
    authenticate_client,
    known_public_client,
)
from pairgrant_server.authorization_server.authentication.dpop import DPoP, missing_proof
from pairgrant_server.authorization_server.clients.clients import Clients, allowed_scope, forbidden_scope
from pairgrant_server.authorization_server.device_flow.device_admission import DeviceAdmission
from pairgrant_server.authorization_server.device_flow.device_flow import DeviceFlow
from pairgrant_server.authorization_server.endpoints.form_request import form_of
from pairgrant_server.authorization_server.errors import OAuthError, RateLimitExceededError, invalid_target
from pairgrant_server.authorization_server.http.message import Endpoint, Request, Response, json_response
from pairgrant_server.authorization_server.limits.device_authorization_limits import (
    DeviceAuthorizationLimits,
)
from pairgrant_server.authorization_server.limits.network import network_of
from pairgrant_server.authorization_server.model.audience import is_allowed_resource
from pairgrant_server.authorization_server.model.records import Client
from pairgrant_server.authorization_server.model.settings import ServerSettings

DEVICE_AUTHORIZATION_PATH = "/device_authorization"


def device_authorization_endpoint(
    settings: ServerSettings,
    clients: Clients,
    device_flow: DeviceFlow,
    *,
    limits: DeviceAuthorizationLimits,
    admission: DeviceAdmission,
    dpop: DPoP,
) -> Endpoint:
    async def device_authorization(request: Request) -> Response:
        form = form_of(request)
        client = known_public_client(request, form, clients)
        if client is None:
            client = await authenticate_client(request, form, clients)
        if GrantType.DEVICE_CODE not in client.grant_types:
            # 400, because gh's library reads 401, 403, 404 and 422 as "this server has no device flow".
            raise OAuthError(
                ErrorCode.UNAUTHORIZED_CLIENT,
                f"this client may not use the grant type {GrantType.DEVICE_CODE}",
            )
        dpop_jkt = dpop.proved_key(request, "POST", DEVICE_AUTHORIZATION_PATH)
        bound_to = _bound_key(client, dpop_jkt, form.get("dpop_jkt"))
        code_challenge = _code_challenge(client, form)
        authorization_request = DeviceAuthorizationRequest.parse(form, client.client_id)
        network = network_of(request.address)
        if not limits.has_room(network, dpop_jkt):  # before the reads of the admission
            raise _too_many()
        await admission.require(
            client, authorization_request, request.address, dpop_jkt, named_key=form.get("dpop_jkt")
        )
        scope = allowed_scope(client, authorization_request.scope)
        if scope is None:
            forbidden = forbidden_scope(client, authorization_request.scope)
            raise OAuthError(ErrorCode.INVALID_SCOPE, f"this client may not ask for {forbidden}")
        resource = form.get("resource", "")
        if not is_allowed_resource(settings, client.policy, resource):
            raise invalid_target()
        if not await limits.allow(client, network, dpop_jkt):
            raise _too_many()
        issued = await device_flow.issue(
            client,
            authorization_request,
            scope,
            request.address,
            resource=resource,
            dpop_jkt=bound_to,
            code_challenge=code_challenge,
        )
        response = json_response(issued.serialize())
        return response if dpop_jkt is None else dpop.with_nonce(response)

    return device_authorization


def _too_many() -> RateLimitExceededError:
    return RateLimitExceededError("too many device authorizations; try again in a minute")


def _bound_key(client: Client, proved: str | None, named: str | None) -> str | None:
    """The key that the device_code is bound to: one that was proved, or only named (RFC 9449 §10).

    A key that was only named has to be proved by each poll; it admits no device, and may not be that of a
    known device, because a thumbprint is no secret (``DeviceAdmission``).
    """
    if proved is not None and named not in {None, proved}:
        raise OAuthError(ErrorCode.INVALID_DPOP_PROOF, "the proof is by another key than dpop_jkt names")
    key = proved or named
    if key is None and client.policy.requires_dpop:
        raise missing_proof()
    if key is not None and not is_base64url_of_sha256(key):
        raise OAuthError(ErrorCode.INVALID_REQUEST, "dpop_jkt is not the thumbprint of a key")
    return key


def _code_challenge(client: Client, form: Mapping[str, str]) -> str | None:
    """The code_challenge of a device, S256 only, as Keycloak and PingAM have it on the device flow."""
    challenge = form.get("code_challenge")
    if challenge is None:
        if client.policy.requires_device_pkce:
            raise OAuthError(
                ErrorCode.INVALID_REQUEST, "code_challenge is missing: this client has to use PKCE"
            )
        return None
    if form.get("code_challenge_method", "plain") != "S256" or not is_base64url_of_sha256(challenge):
        raise OAuthError(
            ErrorCode.INVALID_REQUEST,
            "code_challenge_method is S256, code_challenge the base64url of a SHA-256",
        )
    return challenge
