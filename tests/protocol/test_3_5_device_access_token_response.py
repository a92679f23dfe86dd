"""RFC 8628 §3.5 with RFC 6749 §5.1 and §5.2, step (F): tokens, or an error."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pairgrant_protocol.messages import ErrorResponse, MalformedMessageError, TokenResponse
from pairgrant_protocol.secret import Secret

TEN_YEARS = 315_360_000
PRINTABLE = st.text(st.characters(min_codepoint=0x20, max_codepoint=0x7E), min_size=1, max_size=30)
SECRETS = PRINTABLE.map(Secret)
TOKEN_RESPONSES = st.builds(
    TokenResponse,
    access_token=SECRETS,
    token_type=PRINTABLE,
    expires_in=st.none() | st.integers(0, TEN_YEARS),
    refresh_token=st.none() | SECRETS,
    scope=st.none() | st.lists(st.text("abc:/.", min_size=1, max_size=8), unique=True).map(tuple),
    id_token=st.none() | SECRETS,
    refresh_token_expires_in=st.none() | st.integers(0, TEN_YEARS),
)
ERROR_RESPONSES = st.builds(
    ErrorResponse,
    error=PRINTABLE,
    error_description=st.none() | PRINTABLE,
    interval=st.none() | st.integers(1, 300),
    pairing_stage=st.none() | PRINTABLE,
)


def members(**changes: Any) -> dict[str, Any]:
    return {"access_token": "2YotnFZF", "token_type": "Bearer", **changes}


class TestTokenResponse:
    def test_every_member_is_read(self) -> None:
        message = members(
            expires_in=3600,
            refresh_token="tGzv3JOk",
            refresh_token_expires_in=7200,
            scope="read write",
            id_token="eyJ.eyJ.x",
        )

        assert TokenResponse.parse(message) == TokenResponse(
            access_token=Secret("2YotnFZF"),
            token_type="Bearer",
            expires_in=3600,
            refresh_token=Secret("tGzv3JOk"),
            scope=("read", "write"),
            id_token=Secret("eyJ.eyJ.x"),
            refresh_token_expires_in=7200,
        )

    @pytest.mark.parametrize("value", ["never", True, [1], {}, ""])
    def test_lifetime_of_the_refresh_token_that_is_no_number_costs_no_tokens(self, value: object) -> None:
        parsed = TokenResponse.parse(members(refresh_token_expires_in=value))
        assert parsed == TokenResponse.parse(members())

    def test_only_access_token_and_token_type_are_required(self) -> None:
        assert TokenResponse.parse(members(example_parameter="x")) == TokenResponse(
            Secret("2YotnFZF"), "Bearer"
        )

    @pytest.mark.parametrize("name", ["access_token", "token_type"])
    @pytest.mark.parametrize("value", [None, ""])
    def test_response_without_a_required_member_is_malformed(self, name: str, value: str | None) -> None:
        with pytest.raises(MalformedMessageError, match=f"^{name} is missing$"):
            TokenResponse.parse(members(**{name: value}))

    @pytest.mark.parametrize("name", ["refresh_token", "id_token", "expires_in"])
    def test_null_counts_as_missing(self, name: str) -> None:
        assert TokenResponse.parse(members(**{name: None})) == TokenResponse.parse(members())

    @pytest.mark.parametrize("name", ["refresh_token", "id_token"])
    def test_empty_token_counts_as_missing(self, name: str) -> None:
        assert TokenResponse.parse(members(**{name: ""})) == TokenResponse.parse(members())

    @pytest.mark.parametrize("name", ["access_token", "token_type", "refresh_token", "scope", "id_token"])
    @pytest.mark.parametrize("value", [1, True, ["read"], {"x": "y"}])
    def test_member_of_another_type_is_named(self, name: str, value: object) -> None:
        with pytest.raises(MalformedMessageError, match=f"^{name} is not a text"):
            TokenResponse.parse(members(**{name: value}))

    @pytest.mark.parametrize("name", ["access_token", "refresh_token", "id_token"])
    @pytest.mark.parametrize("token", ["a\r\nX-Evil: 1", "a\x00", "a\x1b[2J", "ä", "a\u2028", "a\ud800"])
    def test_token_that_a_header_can_not_carry_is_refused(self, name: str, token: str) -> None:
        """RFC 6749 appendix A.12 and A.17: printable ASCII."""
        with pytest.raises(MalformedMessageError, match=f"^{name} is not printable ASCII$"):
            TokenResponse.parse(members(**{name: token}))

    @pytest.mark.parametrize("name", ["access_token", "refresh_token", "id_token"])
    def test_token_has_a_greatest_length(self, name: str) -> None:
        long = "x" * 65_536

        assert getattr(TokenResponse.parse(members(**{name: long})), name) == Secret(long)
        with pytest.raises(
            MalformedMessageError, match=f"^{name} is not a text of at most 65536 characters$"
        ):
            TokenResponse.parse(members(**{name: long + "x"}))

    def test_token_type_and_scope_have_a_greatest_length(self) -> None:
        for name, limit in (("token_type", 64), ("scope", 4096)):
            TokenResponse.parse(members(**{name: "x" * limit}))
            with pytest.raises(MalformedMessageError, match=f"^{name} is not a text of at most {limit} "):
                TokenResponse.parse(members(**{name: "x" * (limit + 1)}))

    @pytest.mark.parametrize(
        ("sent", "kept"),
        [
            (3600, 3600),
            ("3600", 3600),
            (59.9, 59),
            (0, 0),
            (-1, 0),
            (TEN_YEARS + 1, TEN_YEARS),
            (1e308, TEN_YEARS),
        ],
    )
    def test_expires_in_ends_within_bounds(self, sent: object, kept: int) -> None:
        parsed = TokenResponse.parse(members(expires_in=sent)).expires_in

        assert (parsed, type(parsed)) == (kept, int)

    @pytest.mark.parametrize("sent", ["abc", "NaN", float("nan"), float("inf"), True, [], {}])
    def test_unusable_expires_in_is_a_clear_error(self, sent: object) -> None:
        with pytest.raises(MalformedMessageError, match=r"^expires_in is not a number of seconds$"):
            TokenResponse.parse(members(expires_in=sent))

    def test_missing_scope_means_as_requested_and_an_empty_one_means_none(self) -> None:
        """RFC 6749 §5.1; GitHub sends an empty text if nothing was granted."""
        assert TokenResponse.parse(members()).scope is None
        assert TokenResponse.parse(members(scope=None)).scope is None
        assert TokenResponse.parse(members(scope="")).scope == ()

    @given(TOKEN_RESPONSES)
    def test_parsing_reverses_serializing(self, response: TokenResponse) -> None:
        assert TokenResponse.parse(response.serialize()) == response

    def test_unknown_value_is_not_serialized(self) -> None:
        assert TokenResponse(Secret("2YotnFZF"), "Bearer").serialize() == members()

    @pytest.mark.parametrize(("token_type", "bound"), [("DPoP", True), ("dpop", True), ("Bearer", False)])
    def test_token_type_tells_whether_the_tokens_are_bound_to_a_key(
        self, token_type: str, *, bound: bool
    ) -> None:
        """RFC 9449 §5; the type is read in any case (RFC 6749 §5.1)."""
        assert TokenResponse(Secret("a"), token_type).is_bound is bound


class TestErrorResponse:
    def test_every_member_is_read(self) -> None:
        message = {
            "error": "slow_down",
            "error_description": "Polled too often.",
            "interval": 10,
            "pairing_stage": "opened",
            "error_uri": "https://pair.example/docs",
        }

        assert ErrorResponse.parse(message) == ErrorResponse("slow_down", "Polled too often.", 10, "opened")

    def test_only_error_is_required(self) -> None:
        assert ErrorResponse.parse({"error": "access_denied"}) == ErrorResponse("access_denied")

    @pytest.mark.parametrize("members", [{}, {"error": None}, {"error": ""}])
    def test_response_without_error_is_malformed(self, members: dict[str, Any]) -> None:
        with pytest.raises(MalformedMessageError, match=r"^error is missing$"):
            ErrorResponse.parse(members)

    @pytest.mark.parametrize(
        ("name", "limit"), [("error", 200), ("error_description", 4096), ("pairing_stage", 40)]
    )
    def test_every_text_has_a_greatest_length(self, name: str, limit: int) -> None:
        assert getattr(ErrorResponse.parse({"error": "x", name: "y" * limit}), name) == "y" * limit
        with pytest.raises(
            MalformedMessageError, match=f"^{name} is not a text of at most {limit} characters$"
        ):
            ErrorResponse.parse({"error": "x", name: "y" * (limit + 1)})

    @pytest.mark.parametrize("value", [1101, True, [], {"code": 503}])
    def test_error_of_another_type_is_malformed(self, value: object) -> None:
        with pytest.raises(MalformedMessageError, match=r"^error is not a text"):
            ErrorResponse.parse({"error": value})

    @pytest.mark.parametrize(
        ("sent", "kept"), [(10, 10), ("10", 10), (9.5, 10), (0, 1), (-1, 1), (10**9, 300)]
    )
    def test_interval_ends_within_bounds(self, sent: object, kept: int) -> None:
        assert ErrorResponse.parse({"error": "slow_down", "interval": sent}).interval == kept

    @pytest.mark.parametrize("sent", ["abc", "NaN", float("nan"), True, [], {}])
    def test_unusable_interval_is_a_clear_error(self, sent: object) -> None:
        with pytest.raises(MalformedMessageError, match=r"^interval is not a number of seconds$"):
            ErrorResponse.parse({"error": "slow_down", "interval": sent})

    @given(ERROR_RESPONSES)
    def test_parsing_reverses_serializing(self, response: ErrorResponse) -> None:
        assert ErrorResponse.parse(response.serialize()) == response

    def test_missing_value_is_not_serialized(self) -> None:
        assert ErrorResponse("authorization_pending").serialize() == {"error": "authorization_pending"}
