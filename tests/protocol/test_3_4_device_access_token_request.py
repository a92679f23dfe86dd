"""RFC 8628 §3.4, step (E): one poll."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pairgrant_protocol.messages import DeviceAccessTokenRequest, MalformedMessageError
from pairgrant_protocol.secret import Secret
from pairgrant_protocol.vocabulary import PairingStage


class TestSerialize:
    def test_names_the_grant_the_code_and_the_client(self) -> None:
        assert DeviceAccessTokenRequest("tv", Secret("GmRhmhcx")).serialize() == {
            "grant_type": "urn:ietf:params:oauth:grant-type:device_code",
            "device_code": "GmRhmhcx",
            "client_id": "tv",
        }

    @pytest.mark.parametrize("stage", PairingStage)
    def test_says_the_stage_that_the_device_knows_of(self, stage: PairingStage) -> None:
        form = DeviceAccessTokenRequest("tv", Secret("GmRhmhcx"), stage).serialize()

        assert form["pairing_stage"] == stage.value

    def test_carries_the_digits_that_the_person_typed(self) -> None:
        form = DeviceAccessTokenRequest("tv", Secret("GmRhmhcx"), return_pin=Secret("042")).serialize()

        assert form["return_pin"] == "042"

    @given(
        st.text(min_size=1),
        st.text(min_size=1),
        st.none() | st.sampled_from(PairingStage),
        st.none() | st.builds(Secret, st.text(min_size=1)),
    )
    def test_what_is_serialized_is_parsed_again(
        self, client_id: str, device_code: str, stage: PairingStage | None, return_pin: Secret | None
    ) -> None:
        request = DeviceAccessTokenRequest(client_id, Secret(device_code), stage, return_pin)

        assert DeviceAccessTokenRequest.parse(request.serialize(), client_id) == request


class TestParse:
    def test_the_client_is_the_one_that_was_identified_whatever_the_form_says(self) -> None:
        form = {"client_id": "someone-else", "device_code": "GmRhmhcx"}

        assert DeviceAccessTokenRequest.parse(form, "tv") == DeviceAccessTokenRequest(
            "tv", Secret("GmRhmhcx")
        )

    @pytest.mark.parametrize("stage", ["", "dancing", "WAITING", "\x1b[2J"])
    def test_a_stage_that_nobody_knows_is_none(self, stage: str) -> None:
        form = {"device_code": "GmRhmhcx", "pairing_stage": stage}

        assert DeviceAccessTokenRequest.parse(form, "tv").pairing_stage is None

    def test_digits_without_a_value_are_none(self) -> None:
        assert DeviceAccessTokenRequest.parse({"device_code": "x", "return_pin": ""}, "tv").return_pin is None

    @pytest.mark.parametrize("form", [{}, {"device_code": ""}])
    def test_without_a_device_code_it_is_malformed(self, form: dict[str, str]) -> None:
        with pytest.raises(MalformedMessageError, match=r"^device_code is missing$"):
            DeviceAccessTokenRequest.parse(form, "tv")
