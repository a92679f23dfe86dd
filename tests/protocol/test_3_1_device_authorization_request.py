"""RFC 8628 §3.1, step (A): the device asks for a pair of codes."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pairgrant_protocol.messages import DeviceAuthorizationRequest, split_scope
from pairgrant_protocol.vocabulary import DeviceCapability

NAMES = st.text(st.characters(exclude_categories=["Z", "C"]), min_size=1, max_size=12)


class TestParse:
    def test_scope_and_device_name_are_read(self) -> None:
        form = {"client_id": "tv", "scope": "read write", "device_name": "Kitchen display"}

        assert DeviceAuthorizationRequest.parse(form, "tv") == DeviceAuthorizationRequest(
            client_id="tv", scope=("read", "write"), device_name="Kitchen display"
        )

    def test_client_is_the_identified_one_whatever_the_form_says(self) -> None:
        assert DeviceAuthorizationRequest.parse({"client_id": "someone-else"}, "tv").client_id == "tv"

    @pytest.mark.parametrize(
        "form", [{}, {"scope": "", "device_name": ""}, {"scope": "  ", "device_name": " \n"}]
    )
    def test_parameter_without_a_value_counts_as_omitted(self, form: dict[str, str]) -> None:
        assert DeviceAuthorizationRequest.parse(form, "tv") == DeviceAuthorizationRequest("tv", (), None)

    def test_unknown_parameter_is_ignored(self) -> None:
        form = {"grant_type": "x", "client_info": "1", "code": ""}

        assert DeviceAuthorizationRequest.parse(form, "tv") == DeviceAuthorizationRequest("tv")

    @pytest.mark.parametrize(
        ("sent", "kept"),
        [
            ("  Kitchen \t display ", "Kitchen display"),
            ("Kitchen\r\nlevel=error", "Kitchen level=error"),
            ("x" * 80, "x" * 80),
            ("x" * 81, "x" * 80),
            ("x" * 79 + " y", "x" * 79),
            ("台所", "台所"),
        ],
    )
    def test_device_name_is_one_line_of_at_most_80_characters(self, sent: str, kept: str) -> None:
        assert DeviceAuthorizationRequest.parse({"device_name": sent}, "tv").device_name == kept

    @pytest.mark.parametrize(
        ("sent", "kept"),
        [(" Room  4.12 ", "Room 4.12"), ("x" * 41, "x" * 40), ("x" * 39 + " y", "x" * 39), (" \n", None)],
    )
    def test_device_label_is_one_line_of_at_most_40_characters(self, sent: str, kept: str | None) -> None:
        assert DeviceAuthorizationRequest.parse({"device_label": sent}, "tv").device_label == kept

    @pytest.mark.parametrize(
        ("sent", "kept"),
        [
            ("", ()),
            ("number", (DeviceCapability.NUMBER,)),
            ("fresh_scan number", (DeviceCapability.FRESH_SCAN, DeviceCapability.NUMBER)),
            ("number teleport number browser", (DeviceCapability.NUMBER, DeviceCapability.BROWSER)),
            ("NUMBER number\tbrowser", ()),
        ],
    )
    def test_unknown_capabilities_are_ignored(self, sent: str, kept: tuple[DeviceCapability, ...]) -> None:
        request = DeviceAuthorizationRequest.parse({"device_capabilities": sent}, "tv")

        assert request.capabilities == kept


class TestSerialize:
    def test_request_names_client_scope_and_device(self) -> None:
        request = DeviceAuthorizationRequest("tv", ("read", "write"), "Kitchen display")

        assert request.serialize() == {
            "client_id": "tv",
            "scope": "read write",
            "device_name": "Kitchen display",
        }

    def test_request_says_what_the_device_can_do_and_where_it_stands(self) -> None:
        request = DeviceAuthorizationRequest("tv", (), None, tuple(DeviceCapability), "Room 4.12")

        assert request.serialize() == {
            "client_id": "tv",
            "device_capabilities": "number fresh_scan browser",
            "device_label": "Room 4.12",
        }

    def test_parameter_without_a_value_is_left_out(self) -> None:
        assert DeviceAuthorizationRequest("tv").serialize() == {"client_id": "tv"}

    @given(
        NAMES,
        st.lists(NAMES, unique=True),
        st.none() | st.lists(NAMES, min_size=1).map(" ".join),
        st.lists(st.sampled_from(DeviceCapability), unique=True),
        st.none() | NAMES,
    )
    def test_parsing_reverses_serializing(
        self,
        client_id: str,
        scope: list[str],
        device_name: str | None,
        capabilities: list[DeviceCapability],
        device_label: str | None,
    ) -> None:
        request = DeviceAuthorizationRequest(
            client_id, tuple(scope), device_name, tuple(capabilities), device_label
        )
        sent = DeviceAuthorizationRequest.parse(request.serialize(), client_id)

        assert (sent.scope, sent.capabilities, sent.device_label) == (
            tuple(scope),
            tuple(capabilities),
            device_label,
        )
        assert DeviceAuthorizationRequest.parse(sent.serialize(), client_id) == sent


class TestScope:
    """RFC 6749 §3.3."""

    @pytest.mark.parametrize(
        ("scope", "values"),
        [
            ("", ()),
            (" ", ()),
            ("read", ("read",)),
            ("write read", ("write", "read")),
            ("read  write read", ("read", "write")),
            ("Read read", ("Read", "read")),
            ("read\twrite", ("read\twrite",)),
            ("read\nwrite", ("read\nwrite",)),
            ("read\u00a0write", ("read\u00a0write",)),
            ("read\u2003write", ("read\u2003write",)),
        ],
    )
    def test_scope_values_keep_order_and_case_without_repetition(
        self, scope: str, values: tuple[str, ...]
    ) -> None:
        assert split_scope(scope) == values
