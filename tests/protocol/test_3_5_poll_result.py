"""RFC 8628 §3.5, step (E): what one poll brought, whatever HTTP wrapped around it."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pairgrant_protocol.messages import TokenResponse
from pairgrant_protocol.poll_result import read_poll_result
from pairgrant_protocol.polling import Pending, Refused, SlowDown, Unreachable
from pairgrant_protocol.secret import Secret
from pairgrant_protocol.vocabulary import PairingStage

TOKEN = TokenResponse(Secret("2YotnFZF"), "Bearer")
TOKEN_BODY = b'{"access_token": "2YotnFZF", "token_type": "Bearer"}'
HTML = b"<!DOCTYPE html><title>Sign in to the hotel network</title>"
STATUSES = [200, 400, 401, 403, 404, 428, 429, 500, 503]
FINAL_STATUSES = [200, 400, 401, 403, 404, 428]
PASSING_STATUSES = [429, 500, 502, 503, 504, 599]


def body(**members: object) -> bytes:
    return json.dumps(members).encode()


class TestErrorBeforeStatus:
    """Servers say pending with 200, 400, 401, 403, 428 and more: the ``error`` member decides."""

    @pytest.mark.parametrize("status", STATUSES)
    def test_authorization_pending_is_pending_with_any_status(self, status: int) -> None:
        assert read_poll_result(status, body(error="authorization_pending")) == Pending()

    @pytest.mark.parametrize("status", STATUSES)
    def test_denial_by_the_name_of_entra_is_access_denied(self, status: int) -> None:
        assert read_poll_result(status, body(error="authorization_declined")) == Refused("access_denied")

    @pytest.mark.parametrize("status", STATUSES)
    def test_slow_down_is_read_with_any_status(self, status: int) -> None:
        assert read_poll_result(status, body(error="slow_down")) == SlowDown()

    @pytest.mark.parametrize("status", STATUSES)
    @pytest.mark.parametrize("error", ["access_denied", "expired_token"])
    def test_error_that_ends_the_pairing_is_refused_with_any_status(self, status: int, error: str) -> None:
        assert read_poll_result(status, body(error=error, error_description="Why.")) == Refused(error, "Why.")

    @pytest.mark.parametrize("status", FINAL_STATUSES)
    @pytest.mark.parametrize("error", ["invalid_grant", "invalid_client", "device_flow_disabled", "\x1b[2J"])
    def test_other_error_is_refused_with_its_own_texts(self, status: int, error: str) -> None:
        assert read_poll_result(status, body(error=error, error_description="Why.")) == Refused(error, "Why.")

    @pytest.mark.parametrize("status", STATUSES)
    def test_error_beside_a_token_counts(self, status: int) -> None:
        raw = body(error="access_denied", access_token="2YotnFZF", token_type="Bearer")

        assert read_poll_result(status, raw) == Refused("access_denied")


class TestTokens:
    @pytest.mark.parametrize("status", [200, 201, 400])
    def test_token_is_read_with_any_status(self, status: int) -> None:
        assert read_poll_result(status, TOKEN_BODY) == TOKEN

    @pytest.mark.parametrize("nothing", [None, ""])
    def test_empty_error_member_is_ignored(self, nothing: str | None) -> None:
        assert (
            read_poll_result(200, body(access_token="2YotnFZF", token_type="Bearer", error=nothing)) == TOKEN
        )

    @pytest.mark.parametrize("nothing", [None, ""])
    def test_empty_token_member_is_ignored(self, nothing: str | None) -> None:
        assert read_poll_result(200, body(access_token=nothing, token_type="Bearer")) == Refused(
            "invalid_response", "The server responded 200 with neither a token nor an error."
        )


class TestStage:
    """``pairing_stage`` is a member of the pending response; only our own server sends it."""

    @pytest.mark.parametrize("stage", PairingStage)
    def test_stage_is_read(self, stage: PairingStage) -> None:
        assert read_poll_result(
            400, body(error="authorization_pending", pairing_stage=stage.value)
        ) == Pending(stage)

    @pytest.mark.parametrize("stage", [None, "", "dancing", "WAITING"])
    def test_unknown_stage_is_none(self, stage: str | None) -> None:
        assert read_poll_result(400, body(error="authorization_pending", pairing_stage=stage)) == Pending(
            None
        )


class TestNumber:
    """``number`` is a member of the pending response; a device shows it in the largest type that it has."""

    @pytest.mark.parametrize("number", ["00", "47", "99"])
    def test_two_digits_are_read(self, number: str) -> None:
        raw = body(error="authorization_pending", pairing_stage="matching_number", number=number)

        assert read_poll_result(400, raw) == Pending(PairingStage.MATCHING_NUMBER, number=number)

    @pytest.mark.parametrize(
        "number",
        [
            *(None, "", "4", "471", "4a", " 4", "4 ", "-4", "4\n", "\x1b[", "٤٧", "²³", "\uff14\uff17"),
            *(47, 4.7, True, ["4", "7"], {"4": "7"}),
        ],
    )
    def test_other_value_is_ignored(self, number: object) -> None:
        raw = body(error="authorization_pending", pairing_stage="matching_number", number=number)

        assert read_poll_result(400, raw) == Pending(PairingStage.MATCHING_NUMBER)

    def test_number_is_in_no_repr(self) -> None:
        assert "47" not in repr(read_poll_result(400, body(error="authorization_pending", number="47")))


class TestHeldAnswer:
    """RFC 7240 §3: a server that held the response says ``Preference-Applied: wait=N``."""

    @pytest.mark.parametrize("header", ["wait=30", "WAIT=30", " wait=30", "wait=0"])
    def test_held_response_is_recognized_by_its_header(self, header: str) -> None:
        result = read_poll_result(400, body(error="authorization_pending"), preference_applied=header)

        assert result == Pending(was_held=True)

    @pytest.mark.parametrize(
        "header", [None, "", "wait", "respond-async", "return=minimal", "awaits=30", "\x1b"]
    )
    def test_other_preference_does_not_mean_held(self, header: str | None) -> None:
        result = read_poll_result(400, body(error="authorization_pending"), preference_applied=header)

        assert result == Pending(was_held=False)

    def test_held_response_carries_its_stage(self) -> None:
        raw = body(error="authorization_pending", pairing_stage="opened")

        assert read_poll_result(400, raw, preference_applied="wait=30") == Pending(
            PairingStage.OPENED, was_held=True
        )

    def test_preference_beside_another_response_is_ignored(self) -> None:
        assert read_poll_result(400, body(error="slow_down"), preference_applied="wait=30") == SlowDown()
        assert read_poll_result(200, TOKEN_BODY, preference_applied="wait=30") == TOKEN


class TestSlowDownInterval:
    @pytest.mark.parametrize(
        ("sent", "kept"), [(10, 10), ("10", 10), (9.5, 10), (-1, 1), (0, 1), (10**9, 300)]
    )
    def test_interval_of_slow_down_is_read_within_bounds(self, sent: object, kept: int) -> None:
        assert read_poll_result(400, body(error="slow_down", interval=sent)) == SlowDown(kept)

    def test_interval_of_slow_down_may_be_null(self) -> None:
        assert read_poll_result(400, body(error="slow_down", interval=None)) == SlowDown(None)


class TestPassingTrouble:
    """429, 5xx and bodies that are not a JSON object count as unreachable: the device tries again."""

    @pytest.mark.parametrize("status", PASSING_STATUSES)
    @pytest.mark.parametrize(
        "raw",
        [
            b"{}",
            b'{"message": "slow down please"}',
            b'{"error": "server_error"}',
            b'{"error": "invalid_client"}',  # a gateway's word, not the authorization server's
            b'{"error": {"code": 503, "status": "UNAVAILABLE"}}',  # how Google's gateways put it
            b'{"error": ["a"]}',
            b'{"error": 503}',
            b'{"access_token": 5}',
        ],
    )
    def test_429_and_5xx_without_a_polling_error_are_temporary(self, status: int, raw: bytes) -> None:
        assert read_poll_result(status, raw) == Unreachable(f"the server responded {status}")

    @pytest.mark.parametrize("status", [*STATUSES, 302, 511])
    @pytest.mark.parametrize(
        "raw", [b"", HTML, b"[]", b"null", b"error=slow_down", b'{"error": NaN}', b"\xff"]
    )
    def test_body_that_is_not_a_json_object_is_temporary(self, status: int, raw: bytes) -> None:
        """A captive portal answers 200, and a proxy whatever it likes."""
        assert read_poll_result(status, raw) == Unreachable(
            f"the server responded {status} with a body that is not JSON"
        )

    @pytest.mark.parametrize("status", [400, 503])
    def test_temporarily_unavailable_is_temporary(self, status: int) -> None:
        assert read_poll_result(status, body(error="temporarily_unavailable"), "7") == Unreachable(
            f"the server responded {status}", 7.0
        )

    def test_body_of_a_failed_response_is_not_repeated(self) -> None:
        assert "\x1b" not in repr(read_poll_result(503, b"\x1b[2J"))


class TestUnusableAnswers:
    @pytest.mark.parametrize("status", FINAL_STATUSES)
    def test_response_with_neither_a_token_nor_an_error_is_refused(self, status: int) -> None:
        assert read_poll_result(status, b'{"detail": "Not Found"}') == Refused(
            "invalid_response", f"The server responded {status} with neither a token nor an error."
        )

    @pytest.mark.parametrize(
        ("raw", "why"),
        [
            (b'{"access_token": "x"}', "token_type is missing"),
            (b'{"access_token": "x\\n", "token_type": "Bearer"}', "access_token is not printable ASCII"),
            (
                b'{"access_token": 5, "token_type": "Bearer"}',
                "access_token is not a text of at most 65536 characters",
            ),
            (b'{"error": 1101}', "error is not a text of at most 200 characters"),
            (b'{"error": {"code": 400}}', "error is not a text of at most 200 characters"),
            (b'{"error": "slow_down", "interval": "abc"}', "interval is not a number of seconds"),
        ],
    )
    def test_unusable_member_is_named(self, raw: bytes, why: str) -> None:
        assert read_poll_result(200, raw) == Refused(
            "invalid_response", f"The server's response can't be used: {why}."
        )


class TestRetryAfter:
    @pytest.mark.parametrize(
        ("header", "seconds"),
        [
            (None, None),
            ("0", 0.0),
            ("120", 120.0),
            ("3600", 3600.0),
            ("3601", 3600.0),
            ("9" * 500, 3600.0),
            ("", None),
            ("-1", None),
            ("+5", None),
            ("1.5", None),
            ("1e3", None),
            ("soon", None),
            ("٣", None),  # a digit, but not an ASCII one
            ("²", None),
            ("Wed, 21 Oct 2015 07:28:00 GMT", None),  # would need a wall clock
        ],
    )
    def test_retry_after_is_read_as_seconds_up_to_an_hour(
        self, header: str | None, seconds: float | None
    ) -> None:
        assert read_poll_result(503, b"{}", header) == Unreachable("the server responded 503", seconds)
        assert read_poll_result(429, HTML, header) == Unreachable(
            "the server responded 429 with a body that is not JSON", seconds
        )


class TestHostileAnswers:
    @given(st.integers(100, 599), st.binary(max_size=100), st.none() | st.text(max_size=20))
    def test_any_bytes_give_a_result(self, status: int, raw: bytes, retry_after: str | None) -> None:
        assert isinstance(read_poll_result(status, raw, retry_after), Unreachable | Refused)

    @given(
        st.integers(100, 599),
        st.dictionaries(
            st.sampled_from(
                [
                    "error",
                    "error_description",
                    "interval",
                    "pairing_stage",
                    "number",
                    "access_token",
                    "token_type",
                    "expires_in",
                ]
            ),
            st.none()
            | st.booleans()
            | st.integers()
            | st.floats()
            | st.text(max_size=5)
            | st.lists(st.none()),
        ),
    )
    def test_any_members_give_a_result(self, status: int, members: dict[str, object]) -> None:
        result = read_poll_result(status, json.dumps(members).encode())

        assert isinstance(result, TokenResponse | Unreachable | Refused)
