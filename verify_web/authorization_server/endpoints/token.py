"""Steps (E) and (F): the token endpoint, polled by devices and asked to refresh (RFC 8628 §3.4, RFC 6749 §6)."""

from collections.abc import Awaitable, Callable, Mapping
from typing import assert_never

from shared.device_grant import Verdict
from shared.messages import DeviceAccessTokenRequest, ErrorResponse, MalformedMessageError
from shared.secret import Secret
from shared.vocabulary import ErrorCode, GrantType, PairingStage
from verify_web.authorization_server.client_authentication import authenticate_client
from verify_web.authorization_server.clients import Clients
from verify_web.authorization_server.connected_devices import ConnectedDevices
from verify_web.authorization_server.device_grants import DeviceGrants, Polled
from verify_web.authorization_server.endpoints.form_request import form_of
from verify_web.authorization_server.http import (
    Endpoint,
    OAuthError,
    Request,
    Response,
    json_bytes,
    json_response,
)
from verify_web.authorization_server.preferences import preferred_wait
from verify_web.authorization_server.records import Client

Grant = Callable[[Client, Mapping[str, str], Request], Awaitable[Response]]

SUPPORTED_GRANT_TYPES = (GrantType.DEVICE_CODE, GrantType.REFRESH_TOKEN)


def token_endpoint(clients: Clients, grants: DeviceGrants, devices: ConnectedDevices) -> Endpoint:
    async def poll(client: Client, form: Mapping[str, str], request: Request) -> Response:
        try:
            asked = DeviceAccessTokenRequest.parse(form, client.client_id)
        except MalformedMessageError as error:
            raise OAuthError(ErrorCode.INVALID_REQUEST, str(error)) from None
        wait = preferred_wait(request.headers(b"prefer"))
        polled = await grants.poll(client, asked.device_code, wait=wait, known_stage=asked.pairing_stage)
        answer = _answer(polled)
        return answer.with_header(b"preference-applied", b"wait=%d" % wait) if polled.was_held else answer

    async def refresh(client: Client, form: Mapping[str, str], request: Request) -> Response:
        refresh_token = form.get("refresh_token")
        if refresh_token is None:
            raise OAuthError(ErrorCode.INVALID_REQUEST, "refresh_token is missing")
        return json_bytes(
            await devices.refresh(client, Secret(refresh_token), form.get("scope"), request.address)
        )

    by_grant_type: dict[str, Grant] = {GrantType.DEVICE_CODE: poll, GrantType.REFRESH_TOKEN: refresh}

    async def token(request: Request) -> Response:
        form = form_of(request)
        client = await authenticate_client(request, form, clients)
        grant_type = form.get("grant_type")
        if grant_type is None:
            raise OAuthError(ErrorCode.INVALID_REQUEST, "grant_type is missing")
        if grant_type not in by_grant_type:
            raise OAuthError(ErrorCode.UNSUPPORTED_GRANT_TYPE, "this server does not support that grant type")
        if grant_type not in client.grant_types:
            raise OAuthError(ErrorCode.UNAUTHORIZED_CLIENT, "this client may not use that grant type")
        return await by_grant_type[grant_type](client, form, request)

    return token


def _error(code: ErrorCode, description: str) -> Response:
    return json_response(ErrorResponse(code, description).serialize(), status=400)


_UNKNOWN = _error(ErrorCode.INVALID_GRANT, "the device_code is unknown or used up")
_EXPIRED = _error(ErrorCode.EXPIRED_TOKEN, "the device_code has expired; start again")
_DENIED = _error(ErrorCode.ACCESS_DENIED, "the person denied the request")
_PENDING = {
    stage: json_response(
        ErrorResponse(ErrorCode.AUTHORIZATION_PENDING, pairing_stage=stage).serialize(), status=400
    )
    for stage in PairingStage
}


def _answer(polled: Polled) -> Response:
    match polled.verdict:
        case Verdict.PENDING:
            return _PENDING[polled.stage]
        case Verdict.APPROVED:
            return json_bytes(polled.answer)
        case Verdict.SLOW_DOWN:
            slower = ErrorResponse(ErrorCode.SLOW_DOWN, interval=polled.interval, pairing_stage=polled.stage)
            return json_response(slower.serialize(), status=400)
        case Verdict.UNKNOWN | Verdict.REDEEMED:
            return _UNKNOWN
        case Verdict.EXPIRED:
            return _EXPIRED
        case Verdict.DENIED:
            return _DENIED
    assert_never(polled.verdict)
