"""The words of the protocol are other people's: a typo here is a broken client there."""

import pytest

from pairgrant_protocol.vocabulary import (
    DEFAULT_INTERVAL,
    FORM_CONTENT_TYPE,
    NUMBER_DIGITS,
    RETURN_PIN_DIGITS,
    RETURN_PIN_TRIES,
    SLOW_DOWN_STEP,
    DeviceCapability,
    ErrorCode,
    GrantType,
    PairingStage,
)


class TestWords:
    def test_grant_types_are_those_of_the_rfcs(self) -> None:
        assert GrantType.DEVICE_CODE.value == "urn:ietf:params:oauth:grant-type:device_code"
        assert GrantType.REFRESH_TOKEN.value == "refresh_token"
        assert GrantType.AUTHORIZATION_CODE.value == "authorization_code"
        assert GrantType.CLIENT_CREDENTIALS.value == "client_credentials"
        assert GrantType.JWT_BEARER.value == "urn:ietf:params:oauth:grant-type:jwt-bearer"

    def test_error_codes_of_the_token_endpoint_are_those_of_rfc_6749(self) -> None:
        """RFC 6749 §5.2."""
        assert {
            "invalid_request",
            "invalid_client",
            "invalid_grant",
            "unauthorized_client",
            "unsupported_grant_type",
            "invalid_scope",
        } <= set(ErrorCode)

    def test_error_codes_of_the_device_grant_are_those_of_rfc_8628(self) -> None:
        """RFC 8628 §3.5."""
        assert {"authorization_pending", "slow_down", "access_denied", "expired_token"} <= set(ErrorCode)

    @pytest.mark.parametrize("member", [*ErrorCode, *PairingStage, *DeviceCapability])
    def test_name_of_a_word_is_the_word(self, member: ErrorCode | PairingStage | DeviceCapability) -> None:
        assert member.value == member.name.lower()

    def test_pairing_stages_are_in_the_order_of_a_pairing(self) -> None:
        assert [stage.value for stage in PairingStage] == [
            *("waiting", "opened", "signing_in", "confirming"),
            *("matching_number", "entering_pin", "finishing"),
        ]

    def test_word_formats_as_its_text(self) -> None:
        assert f"{ErrorCode.SLOW_DOWN}" == "slow_down"
        assert str(GrantType.DEVICE_CODE) == "urn:ietf:params:oauth:grant-type:device_code"


class TestNumbers:
    """RFC 8628 §3.2 and §3.5: both are five seconds."""

    def test_default_interval_is_5_seconds(self) -> None:
        assert DEFAULT_INTERVAL == 5

    def test_slow_down_step_is_5_seconds(self) -> None:
        assert SLOW_DOWN_STEP == 5

    def test_return_pin_has_three_digits_and_three_tries(self) -> None:
        """A guess hits with chance 3 in 1,000."""
        assert (RETURN_PIN_DIGITS, RETURN_PIN_TRIES) == (3, 3)

    def test_number_has_two_digits(self) -> None:
        assert NUMBER_DIGITS == 2

    def test_request_is_a_form(self) -> None:
        assert FORM_CONTENT_TYPE == "application/x-www-form-urlencoded"
