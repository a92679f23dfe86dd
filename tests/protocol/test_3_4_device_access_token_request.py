"""RFC 8628 §3.4, step (E): one poll."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pairgrant_protocol.messages import DeviceAccessTokenRequest, MalformedMessageError
from pairgrant_protocol.secret import Secret
from pairgrant_protocol.vocabulary import PairingStage


class TestSerialize:
    def test_request_names_grant_type_device_code_and_client(self) -> None:
        assert DeviceAccessTokenRequest("tv", Secret("GmRhmhcx")).serialize() == {
            "grant_type": "urn:ietf:params:oauth:grant-type:device_code",
            "device_code": "GmRhmhcx",
            "client_id": "tv",
        }

    @pytest.mark.parametrize("stage", PairingStage)
    def test_request_carries_the_stage_that_the_device_knows(self, stage: PairingStage) -> None:
        form = DeviceAccessTokenRequest("tv", Secret("GmRhmhcx"), stage).serialize()

        assert form["pairing_stage"] == stage.value

    def test_request_carries_the_return_pin(self) -> None:
        form = DeviceAccessTokenRequest("tv", Secret("GmRhmhcx"), return_pin=Secret("042")).serialize()

        assert form["return_pin"] == "042"

    @given(
        st.text(min_size=1),
        st.text(min_size=1),
        st.none() | st.sampled_from(PairingStage),
        st.none() | st.builds(Secret, st.text(min_size=1)),
    )
    def test_parsing_reverses_serializing(
        self, client_id: str, device_code: str, stage: PairingStage | None, return_pin: Secret | None
    ) -> None:
        request = DeviceAccessTokenRequest(client_id, Secret(device_code), stage, return_pin)

        assert DeviceAccessTokenRequest.parse(request.serialize(), client_id) == request


class TestParse:
    def test_client_is_the_identified_one_whatever_the_form_says(self) -> None:
        form = {"client_id": "someone-else", "device_code": "GmRhmhcx"}

        assert DeviceAccessTokenRequest.parse(form, "tv") == DeviceAccessTokenRequest(
            "tv", Secret("GmRhmhcx")
        )

    @pytest.mark.parametrize("stage", ["", "dancing", "WAITING", "\x1b[2J"])
    def test_unknown_stage_is_none(self, stage: str) -> None:
        form = {"device_code": "GmRhmhcx", "pairing_stage": stage}

        assert DeviceAccessTokenRequest.parse(form, "tv").pairing_stage is None

    def test_empty_return_pin_is_none(self) -> None:
        assert DeviceAccessTokenRequest.parse({"device_code": "x", "return_pin": ""}, "tv").return_pin is None

    @pytest.mark.parametrize("form", [{}, {"device_code": ""}])
    def test_request_without_a_device_code_is_malformed(self, form: dict[str, str]) -> None:
        with pytest.raises(MalformedMessageError, match=r"^device_code is missing$"):
            DeviceAccessTokenRequest.parse(form, "tv")
