"""``grant_type=urn:…:device_code``, steps (E) and (F): responds to polls (RFC 8628 §3.4, §3.5)."""

from typing import assert_never

from pairgrant_protocol.messages import DeviceAccessTokenRequest, ErrorResponse, MalformedMessageError
from pairgrant_protocol.poll_judgement import Verdict
from pairgrant_protocol.vocabulary import ErrorCode, PairingStage
from pairgrant_server.authorization_server.device_flow.device_polls import DevicePolls
from pairgrant_server.authorization_server.device_flow.poll import PollResponse
from pairgrant_server.authorization_server.endpoints.token_grants.token_request import (
    TokenGrant,
    TokenRequest,
)
from pairgrant_server.authorization_server.errors import OAuthError, invalid_target
from pairgrant_server.authorization_server.http.message import Response, json_bytes, json_response
from pairgrant_server.authorization_server.http.prefer import preferred_wait


def device_code_grant(device_polls: DevicePolls) -> TokenGrant:
    async def poll(request: TokenRequest) -> Response:
        try:
            asked = DeviceAccessTokenRequest.parse(request.form, request.client.client_id)
        except MalformedMessageError as error:
            raise OAuthError(ErrorCode.INVALID_REQUEST, str(error)) from None
        prefer = request.http.headers(b"prefer")
        wait = preferred_wait(prefer) if prefer else 0
        polled = await device_polls.respond(
            request.client,
            asked.device_code,
            address=request.http.address,
            dpop_jkt=request.dpop_jkt,
            code_verifier=request.form.get("code_verifier"),
            wait=wait,
            known_stage=asked.pairing_stage,
            return_pin=asked.return_pin,
            resource=request.form.get("resource"),
        )
        response = _response(polled)
        return response.with_header(b"preference-applied", b"wait=%d" % wait) if polled.was_held else response

    return poll


def _error(code: ErrorCode, description: str) -> Response:
    return json_response(ErrorResponse(code, description).serialize(), status=400)


_UNKNOWN = _error(ErrorCode.INVALID_GRANT, "the device_code is unknown or used up")
_EXPIRED = _error(ErrorCode.EXPIRED_TOKEN, "the device_code has expired; start again")
_DENIED = _error(ErrorCode.ACCESS_DENIED, "the person denied the request, or the device cancelled it")
_PENDING = {
    stage: json_response(
        ErrorResponse(ErrorCode.AUTHORIZATION_PENDING, pairing_stage=stage).serialize(), status=400
    )
    for stage in PairingStage
}


def _pending_with_number(number: str) -> Response:
    pending = ErrorResponse(
        ErrorCode.AUTHORIZATION_PENDING, pairing_stage=PairingStage.MATCHING_NUMBER, number=number
    )
    return json_response(pending.serialize(), status=400)


def _response(polled: PollResponse) -> Response:
    """Raises ``OAuthError``."""
    match polled.verdict:
        case Verdict.PENDING | Verdict.PIN_REQUIRED | Verdict.HELD:
            return _PENDING[polled.stage] if polled.number is None else _pending_with_number(polled.number)
        case Verdict.APPROVED | Verdict.REPLAYED:
            return json_bytes(polled.tokens)
        case Verdict.SLOW_DOWN:
            slower = ErrorResponse(ErrorCode.SLOW_DOWN, interval=polled.interval, pairing_stage=polled.stage)
            return json_response(slower.serialize(), status=400)
        case Verdict.UNKNOWN | Verdict.REDEEMED | Verdict.REUSED:
            return _UNKNOWN
        case Verdict.EXPIRED:
            return _EXPIRED
        case Verdict.DENIED:
            return _DENIED
        case Verdict.BAD_TARGET:
            raise invalid_target()
    assert_never(polled.verdict)
