"""JSON from the other side: an object of bounded size and depth, or a clear error."""

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pairgrant_protocol.json_object import (
    MAX_BYTES,
    MalformedMessageError,
    optional_seconds,
    optional_text,
    parse_object,
    text,
)

NOT_JSON = "^the response is not JSON$"


class TestParseObject:
    def test_object_is_returned_unchanged(self) -> None:
        assert parse_object(b'{"a": [1, {"b": null}], "\xc3\xa4": "\\u00e4"}') == {
            "a": [1, {"b": None}],
            "ä": "ä",
        }

    @pytest.mark.parametrize("body", [b"[]", b"1", b'"text"', b"null", b"true", b'[{"error": "slow_down"}]'])
    def test_json_that_is_not_an_object_is_refused(self, body: bytes) -> None:
        with pytest.raises(MalformedMessageError, match=r"^the response is JSON, but not an object$"):
            parse_object(body)

    @pytest.mark.parametrize(
        "body",
        [
            b"",
            b" ",
            b"<html>",
            b"{",
            b"{} {}",
            b"{'a': 1}",
            b'{"a": 1,}',
            b'{"a": "\xff"}',  # no UTF-8
            b'{"a": "\xed\xa0\x80"}',  # a surrogate in UTF-8
            '{"a": 1}'.encode("utf-16"),
            b'\xef\xbb\xbf{"a": 1}',  # with a byte order mark (RFC 8259 §8.1 lets a parser refuse it)
            b'{"a": "\n"}',
            b"access_token=abc&token_type=bearer",
        ],
    )
    def test_text_that_is_not_json_is_refused(self, body: bytes) -> None:
        with pytest.raises(MalformedMessageError, match=NOT_JSON):
            parse_object(body)

    @pytest.mark.parametrize("constant", [b"NaN", b"Infinity", b"-Infinity"])
    def test_nan_and_infinity_are_refused(self, constant: bytes) -> None:
        with pytest.raises(MalformedMessageError, match=NOT_JSON):
            parse_object(b'{"interval": ' + constant + b"}")

    @pytest.mark.parametrize("opening", [b"[", b'{"a":', b'[{"a":'])
    def test_deep_nesting_is_refused(self, opening: bytes) -> None:
        with pytest.raises(MalformedMessageError, match=NOT_JSON):
            parse_object(b'{"a":' + opening * 100_000)

    def test_number_of_too_many_digits_is_refused(self) -> None:
        with pytest.raises(MalformedMessageError, match=NOT_JSON):
            parse_object(b'{"interval": ' + b"9" * 5000 + b"}")

    def test_body_of_one_mebibyte_is_read(self) -> None:
        body = b'{"a": "' + b"x" * (MAX_BYTES - 9) + b'"}'

        assert len(body) == MAX_BYTES == 1_048_576
        assert list(parse_object(body)) == ["a"]

    def test_body_over_one_mebibyte_is_refused(self) -> None:
        with pytest.raises(MalformedMessageError, match=r"^the response is larger than 1 MiB$"):
            parse_object(b'{"a": "' + b"x" * (MAX_BYTES - 8) + b'"}')

    @given(st.binary())
    def test_any_bytes_give_an_object_or_the_one_error(self, body: bytes) -> None:
        try:
            parsed = parse_object(body)
        except MalformedMessageError:
            return
        assert isinstance(parsed, dict)

    @given(
        st.dictionaries(
            st.text(), st.none() | st.booleans() | st.integers() | st.lists(st.text(), max_size=3)
        )
    )
    def test_every_object_is_read(self, members: dict[str, Any]) -> None:
        assert parse_object(json.dumps(members).encode()) == members

    def test_error_does_not_quote_the_body(self) -> None:
        with pytest.raises(MalformedMessageError) as caught:
            parse_object(b'{"access_token": "GmRhmhcx"')
        assert "GmRhmhcx" not in str(caught.value)
        assert caught.value.__suppress_context__


class TestText:
    def test_text_is_returned(self) -> None:
        assert text({"scope": "read"}, "scope") == "read"
        assert optional_text({"scope": "read"}, "scope") == "read"

    @pytest.mark.parametrize("members", [{}, {"scope": None}, {"scope": ""}])
    def test_null_and_empty_text_count_as_missing(self, members: dict[str, Any]) -> None:
        assert optional_text(members, "scope") is None
        with pytest.raises(MalformedMessageError, match=r"^scope is missing$"):
            text(members, "scope")

    @pytest.mark.parametrize("value", [0, 1, 1.5, True, False, [], ["read"], {}, {"a": "b"}])
    def test_member_that_is_not_a_text_is_refused(self, value: object) -> None:
        with pytest.raises(MalformedMessageError, match=r"^scope is not a text of at most 4096 characters$"):
            optional_text({"scope": value}, "scope")

    def test_length_of_a_text_is_bounded(self) -> None:
        assert text({"scope": "x" * 4096}, "scope") == "x" * 4096
        with pytest.raises(MalformedMessageError, match=r"^scope is not a text of at most 4096 characters$"):
            text({"scope": "x" * 4097}, "scope")

    def test_caller_sets_the_greatest_length(self) -> None:
        with pytest.raises(MalformedMessageError, match=r"^error is not a text of at most 3 characters$"):
            text({"error": "slow"}, "error", limit=3)


class TestSeconds:
    @pytest.mark.parametrize(
        ("value", "seconds"),
        [
            (5, 5.0),
            (0, 0.0),
            (-1, -1.0),
            (2.5, 2.5),
            (10**9, 1e9),
            ("5", 5.0),
            ("2.5", 2.5),
            ("-1", -1.0),
            ("5".zfill(20), 5.0),
        ],
    )
    def test_number_may_be_sent_as_a_text(self, value: object, seconds: float) -> None:
        assert optional_seconds({"interval": value}, "interval") == seconds

    @pytest.mark.parametrize("members", [{}, {"interval": None}])
    def test_null_seconds_count_as_missing(self, members: dict[str, Any]) -> None:
        assert optional_seconds(members, "interval") is None

    @pytest.mark.parametrize(
        "value",
        [
            "",
            "abc",
            "5 s",
            "0x10",
            "5" * 21,
            True,
            False,
            [],
            [5],
            {},
            float("nan"),
            float("inf"),
            float("-inf"),
            "nan",
            "NaN",
            "inf",
            "-Infinity",
            "1e999",
            1e308 * 10,
            10**400,
            -(10**400),
        ],
    )
    def test_seconds_that_are_not_a_finite_number_are_refused(self, value: object) -> None:
        with pytest.raises(MalformedMessageError, match=r"^interval is not a number of seconds$"):
            optional_seconds({"interval": value}, "interval")
