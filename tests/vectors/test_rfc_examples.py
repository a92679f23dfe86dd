"""The messages that RFC 8628 and RFC 6749 print, read and written by ``shared``."""

from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, urlencode

import pytest

from pairgrant_protocol.json_object import parse_object
from pairgrant_protocol.messages import (
    DeviceAccessTokenRequest,
    DeviceAuthorizationRequest,
    DeviceAuthorizationResponse,
    ErrorResponse,
    TokenResponse,
)
from pairgrant_protocol.poll_result import read_poll_result
from pairgrant_protocol.polling import Pending, PollResult, Refused, SlowDown
from pairgrant_protocol.secret import Secret
from pairgrant_protocol.vocabulary import FORM_CONTENT_TYPE, GrantType, PairingStage

FOLDER = Path(__file__).parent
EXAMPLES = sorted(str(path.relative_to(FOLDER)) for path in FOLDER.glob("rfc*/*.http"))
ERRORS = {
    "rfc8628/3.5-authorization_pending.http": Pending(),
    "rfc8628/3.5-authorization_pending-extended.http": Pending(PairingStage.SIGNING_IN),
    "rfc8628/3.5-slow_down.http": SlowDown(),
    "rfc8628/3.5-slow_down-extended.http": SlowDown(10),
    "rfc8628/3.5-access_denied.http": Refused("access_denied"),
    "rfc8628/3.5-expired_token.http": Refused("expired_token"),
    "rfc6749/5.2-error-response.http": Refused("invalid_request"),
}
DEVICE_CODE = Secret("GmRhmhcxhwAzkoEqiMEg_DnyEysNkuNhszIySk9eS")
TOKENS = TokenResponse(
    access_token=Secret("2YotnFZFEjr1zCsicMWpAA"),
    token_type="example",
    expires_in=3600,
    refresh_token=Secret("tGzv3JOkF0XG5Qx2TlKWIA"),
)


def message(name: str) -> tuple[str, str, bytes]:
    """The start line, the content type and the body of one example."""
    head, _, body = (FOLDER / name).read_text(encoding="utf-8").partition("\n\n")
    start_line, *fields = head.splitlines()
    headers = dict(field.split(": ", 1) for field in fields)
    return start_line, headers["Content-Type"], body.strip().encode()


def form(name: str) -> dict[str, str]:
    _, content_type, body = message(name)
    assert content_type == FORM_CONTENT_TYPE
    return dict(parse_qsl(body.decode(), strict_parsing=True))


def members(name: str) -> dict[str, Any]:
    _, content_type, body = message(name)
    assert content_type.startswith("application/json")
    return parse_object(body)


def result_of(name: str) -> PollResult:
    start_line, _, body = message(name)
    return read_poll_result(int(start_line.split()[1]), body)


class TestDeviceAuthorizationRequest:
    """RFC 8628 §3.1."""

    NAME = "rfc8628/3.1-device-authorization-request.http"
    MEANING = DeviceAuthorizationRequest(client_id="1406020730", scope=("example_scope",))

    def test_request_of_the_rfc_is_read(self) -> None:
        assert DeviceAuthorizationRequest.parse(form(self.NAME), "1406020730") == self.MEANING

    def test_request_is_written_as_in_the_rfc(self) -> None:
        assert urlencode(self.MEANING.serialize()).encode() == message(self.NAME)[2]


class TestDeviceAuthorizationResponse:
    """RFC 8628 §3.2."""

    NAME = "rfc8628/3.2-device-authorization-response.http"
    MEANING = DeviceAuthorizationResponse(
        device_code=DEVICE_CODE,
        user_code="WDJB-MJHT",
        verification_uri="https://example.com/device",
        verification_uri_complete="https://example.com/device?user_code=WDJB-MJHT",
        expires_in=1800,
        interval=5,
    )

    def test_response_of_the_rfc_is_read(self) -> None:
        assert DeviceAuthorizationResponse.parse(members(self.NAME)) == self.MEANING

    def test_response_is_written_as_in_the_rfc(self) -> None:
        assert self.MEANING.serialize() == members(self.NAME)


class TestDeviceAccessTokenRequest:
    """RFC 8628 §3.4."""

    NAME = "rfc8628/3.4-device-access-token-request.http"
    MEANING = DeviceAccessTokenRequest(client_id="1406020730", device_code=DEVICE_CODE)

    def test_poll_of_the_rfc_is_read(self) -> None:
        assert form(self.NAME)["grant_type"] == GrantType.DEVICE_CODE
        assert DeviceAccessTokenRequest.parse(form(self.NAME), "1406020730") == self.MEANING

    def test_poll_is_written_as_in_the_rfc(self) -> None:
        assert urlencode(self.MEANING.serialize()).encode() == message(self.NAME)[2]


class TestTokenResponse:
    """RFC 8628 §3.5 takes it from RFC 6749 §5.1."""

    NAME = "rfc6749/5.1-successful-response.http"

    def test_token_response_is_read_without_its_unknown_parameter(self) -> None:
        assert TokenResponse.parse(members(self.NAME)) == TOKENS
        assert result_of(self.NAME) == TOKENS

    def test_token_response_is_written_as_in_the_rfc(self) -> None:
        assert TOKENS.serialize() | {"example_parameter": "example_value"} == members(self.NAME)


class TestErrorResponse:
    """RFC 8628 §3.5 and RFC 6749 §5.2."""

    @pytest.mark.parametrize(("name", "meaning"), ERRORS.items())
    def test_error_response_of_the_rfc_is_read(self, name: str, meaning: PollResult) -> None:
        read = result_of(name)

        assert read == meaning

    @pytest.mark.parametrize("name", ERRORS)
    def test_error_response_is_written_as_in_the_rfc(self, name: str) -> None:
        assert ErrorResponse.parse(members(name)).serialize() == members(name)


class TestFolder:
    def test_every_example_is_tested(self) -> None:
        messages = [
            TestDeviceAuthorizationRequest.NAME,
            TestDeviceAuthorizationResponse.NAME,
            TestDeviceAccessTokenRequest.NAME,
            TestTokenResponse.NAME,
        ]
        assert sorted([*messages, *ERRORS]) == EXAMPLES
