"""``grant_type=urn:…:device_code``, steps (E) and (F): one poll, and at last the tokens (RFC 8628 §3.4, §3.5)."""

from typing import assert_never

from pairgrant_protocol.device_grant import Verdict
from pairgrant_protocol.messages import DeviceAccessTokenRequest, ErrorResponse, MalformedMessageError
from pairgrant_protocol.vocabulary import ErrorCode, PairingStage
from pairgrant_server.authorization_server.device_flow.device_flow import DeviceFlow, Polled
from pairgrant_server.authorization_server.endpoints.token_grants.token_request import (
    TokenGrant,
    TokenRequest,
)
from pairgrant_server.authorization_server.errors import OAuthError
from pairgrant_server.authorization_server.http.message import Response, json_bytes, json_response
from pairgrant_server.authorization_server.http.prefer import preferred_wait
from pairgrant_server.authorization_server.secrets.possession import Possession


def device_code_grant(device_flow: DeviceFlow) -> TokenGrant:
    async def poll(asked: TokenRequest) -> Response:
        try:
            told = DeviceAccessTokenRequest.parse(asked.form, asked.client.client_id)
        except MalformedMessageError as error:
            raise OAuthError(ErrorCode.INVALID_REQUEST, str(error)) from None
        wait = preferred_wait(asked.http.headers(b"prefer"))
        polled = await device_flow.poll(
            asked.client,
            told.device_code,
            Possession(asked.dpop_jkt, asked.form.get("code_verifier")),
            wait=wait,
            known_stage=told.pairing_stage,
            return_pin=told.return_pin,
        )
        answer = _answer(polled)
        return answer.with_header(b"preference-applied", b"wait=%d" % wait) if polled.was_held else answer

    return poll


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
