"""RFC 8628 §3.2, step (B): the server responds with two codes, whose numbers a device keeps within bounds."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pairgrant_protocol.base64url import base64url
from pairgrant_protocol.messages import (
    MAX_DEVICE_INTERVAL,
    MAX_EXPIRES_IN,
    DeviceAuthorizationResponse,
    MalformedMessageError,
    bounded_interval,
)
from pairgrant_protocol.secret import Secret

PRINTABLE = st.text(st.characters(min_codepoint=0x21, max_codepoint=0x7E), min_size=1, max_size=30)
URIS = st.text("abcXYZ019-._~/?&=", max_size=30).map("https://pair.example/{}".format)
PROOF_KEYS = st.binary(min_size=32, max_size=32).map(lambda raw: Secret(base64url(raw)))
RESPONSES = st.builds(
    DeviceAuthorizationResponse,
    device_code=PRINTABLE.map(Secret),
    user_code=PRINTABLE,
    verification_uri=URIS,
    expires_in=st.integers(1, MAX_EXPIRES_IN),
    interval=st.integers(1, MAX_DEVICE_INTERVAL),
    verification_uri_complete=st.none() | URIS,
    proof_key=st.none() | PROOF_KEYS,
)


def members(**changes: Any) -> dict[str, Any]:
    return {
        "device_code": "GmRhmhcx",
        "user_code": "WDJB-MJHT",
        "verification_uri": "https://pair.example/device",
        "expires_in": 600,
        "interval": 5,
        **changes,
    }


def without(name: str) -> dict[str, Any]:
    return {key: value for key, value in members().items() if key != name}


class TestParse:
    def test_every_member_is_read(self) -> None:
        message = members(interval=7, verification_uri_complete="https://pair.example/D/WDJBMJHT")

        assert DeviceAuthorizationResponse.parse(message) == DeviceAuthorizationResponse(
            device_code=Secret("GmRhmhcx"),
            user_code="WDJB-MJHT",
            verification_uri="https://pair.example/device",
            expires_in=600,
            interval=7,
            verification_uri_complete="https://pair.example/D/WDJBMJHT",
        )

    def test_unknown_members_are_ignored(self) -> None:
        assert DeviceAuthorizationResponse.parse(members(message="hello", extra={"a": []})) == (
            DeviceAuthorizationResponse.parse(members())
        )

    def test_verification_uri_may_have_the_name_of_the_first_drafts(self) -> None:
        message = members(verification_url="https://www.google.com/device")
        del message["verification_uri"]
        parsed = DeviceAuthorizationResponse.parse(message)
        assert parsed.verification_uri == "https://www.google.com/device"

    @pytest.mark.parametrize("name", ["device_code", "user_code", "verification_uri", "expires_in"])
    def test_missing_required_member_is_named(self, name: str) -> None:
        for message in (without(name), members(**{name: None})):
            with pytest.raises(MalformedMessageError, match=f"^{name} is missing"):
                DeviceAuthorizationResponse.parse(message)

    @pytest.mark.parametrize(
        "name", ["device_code", "user_code", "verification_uri", "verification_uri_complete"]
    )
    @pytest.mark.parametrize("value", [5, True, ["x"], {"x": "y"}])
    def test_member_of_another_type_is_named(self, name: str, value: object) -> None:
        with pytest.raises(MalformedMessageError, match=f"^{name} is not a text"):
            DeviceAuthorizationResponse.parse(members(**{name: value}))

    @pytest.mark.parametrize("complete", [None, ""])
    def test_missing_complete_uri_is_none(self, complete: str | None) -> None:
        parsed = DeviceAuthorizationResponse.parse(members(verification_uri_complete=complete))

        assert parsed.verification_uri_complete is None


class TestAddresses:
    """What a hostile server may not make a device show or open; every case is in test_web_uri.py."""

    @pytest.mark.parametrize("name", ["verification_uri", "verification_uri_complete"])
    @pytest.mark.parametrize(
        "uri",
        ["javascript:alert(1)", "https://pair.example@evil.example/", "https://pair.example\\x", "/device"],
    )
    def test_unsafe_address_is_refused_and_its_member_named(self, name: str, uri: str) -> None:
        with pytest.raises(MalformedMessageError, match=f"^{name} is not an http or https address"):
            DeviceAuthorizationResponse.parse(members(**{name: uri}))


class TestCodes:
    def test_user_code_of_another_server_is_kept_unchanged(self) -> None:
        assert DeviceAuthorizationResponse.parse(members(user_code="019-450-730")).user_code == "019-450-730"

    def test_user_code_too_long_to_type_is_refused(self) -> None:
        assert DeviceAuthorizationResponse.parse(members(user_code="B" * 64)).user_code == "B" * 64
        with pytest.raises(
            MalformedMessageError, match=r"^user_code is not a text of at most 64 characters$"
        ):
            DeviceAuthorizationResponse.parse(members(user_code="B" * 65))

    @pytest.mark.parametrize("code", ["Gm\r\nHost: evil", "Gm\x00", "Gm\x7f", "Gmü", "Gm\ud800"])
    def test_device_code_that_a_form_can_not_carry_is_refused(self, code: str) -> None:
        with pytest.raises(MalformedMessageError, match=r"^device_code is not printable ASCII$"):
            DeviceAuthorizationResponse.parse(members(device_code=code))

    def test_device_code_has_a_greatest_length(self) -> None:
        long = "x" * 65_536

        assert DeviceAuthorizationResponse.parse(members(device_code=long)).device_code == Secret(long)
        with pytest.raises(
            MalformedMessageError, match=r"^device_code is not a text of at most 65536 characters$"
        ):
            DeviceAuthorizationResponse.parse(members(device_code=long + "x"))


class TestProofKey:
    """An extra of this server: the key of the changing QR code (``fresh_scan``)."""

    KEY = base64url(bytes(range(32)))

    def test_key_of_32_bytes_is_read_as_a_secret(self) -> None:
        parsed = DeviceAuthorizationResponse.parse(members(proof_key=self.KEY))

        assert parsed.proof_key == Secret(self.KEY)
        assert self.KEY not in repr(parsed)

    @pytest.mark.parametrize(
        "sent", [None, "", "short", KEY + "A", KEY[:-1], KEY[:-1] + "=", KEY + "\n", "Ä" * 43, 5, True, [KEY]]
    )
    def test_unusable_key_is_ignored(self, sent: object) -> None:
        assert DeviceAuthorizationResponse.parse(members(proof_key=sent)).proof_key is None


class TestInterval:
    """§3.2: 5 where the server names none; else the server's, within what a device can keep."""

    @pytest.mark.parametrize(
        ("sent", "kept"),
        [
            (5, 5),
            (1, 1),
            ("5", 5),
            (5.0, 5),
            (5.2, 6),  # never polls sooner than the server allows
            (0.1, 1),
            (0, 1),
            (-1, 1),
            (-(10**9), 1),
            (300, 300),
            (301, 300),
            (10**9, 300),
            (1e308, 300),
        ],
    )
    def test_interval_ends_within_bounds(self, sent: object, kept: int) -> None:
        parsed = DeviceAuthorizationResponse.parse(members(interval=sent)).interval

        assert (parsed, type(parsed)) == (kept, int)

    def test_missing_interval_is_5_seconds(self) -> None:
        assert DeviceAuthorizationResponse.parse(without("interval")).interval == 5
        assert DeviceAuthorizationResponse.parse(members(interval=None)).interval == 5
        assert DeviceAuthorizationResponse(Secret("x"), "x", "https://x.example", 1).interval == 5

    @pytest.mark.parametrize("sent", ["abc", "", "NaN", float("nan"), float("inf"), True, False, [5], {}])
    def test_unusable_interval_is_a_clear_error(self, sent: object) -> None:
        with pytest.raises(MalformedMessageError, match=r"^interval is not a number of seconds$"):
            DeviceAuthorizationResponse.parse(members(interval=sent))

    @given(st.floats(allow_nan=False, allow_infinity=False))
    def test_bounded_interval_is_never_shorter_than_the_server_sent_up_to_five_minutes(
        self, seconds: float
    ) -> None:
        kept = bounded_interval(seconds)

        assert 1 <= kept <= MAX_DEVICE_INTERVAL
        assert kept >= min(seconds, MAX_DEVICE_INTERVAL)
        assert kept < max(seconds, 0) + 1 or kept == 1


class TestExpiresIn:
    @pytest.mark.parametrize(
        ("sent", "kept"),
        [
            (600, 600),
            ("600", 600),
            (1, 1),
            (1.9, 1),  # never polls after the expiry that the server sent
            (86_400, 86_400),
            (86_401, 86_400),
            (10**9, 86_400),
            (1e308, 86_400),
        ],
    )
    def test_expires_in_ends_within_bounds(self, sent: object, kept: int) -> None:
        parsed = DeviceAuthorizationResponse.parse(members(expires_in=sent)).expires_in

        assert (parsed, type(parsed)) == (kept, int)

    @pytest.mark.parametrize("sent", [0, -1, 0.9, -(10**9), "0", None])
    def test_code_that_has_already_expired_is_an_error(self, sent: object) -> None:
        with pytest.raises(MalformedMessageError, match=r"^expires_in is missing or not positive$"):
            DeviceAuthorizationResponse.parse(members(expires_in=sent))

    @pytest.mark.parametrize("sent", ["abc", "", "NaN", float("nan"), float("inf"), True, [600], {}, 10**400])
    def test_expires_in_that_is_not_a_number_is_an_error(self, sent: object) -> None:
        with pytest.raises(MalformedMessageError, match=r"^expires_in is not a number of seconds$"):
            DeviceAuthorizationResponse.parse(members(expires_in=sent))


class TestSerialize:
    def test_serialized_interval_is_always_an_integer(self) -> None:
        """Stock clients die without it, and on a float."""
        sent = DeviceAuthorizationResponse(
            Secret("GmRhmhcx"), "WDJB-MJHT", "https://pair.example/device", 600
        ).serialize()

        assert sent == members()
        assert type(sent["interval"]) is int

    @given(RESPONSES)
    def test_parsing_reverses_serializing(self, response: DeviceAuthorizationResponse) -> None:
        assert DeviceAuthorizationResponse.parse(response.serialize()) == response
