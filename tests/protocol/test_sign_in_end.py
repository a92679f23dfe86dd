"""``pairgrant_ended``: what a server says about the end of a sign-in, and what a device believes of it."""

from typing import Any

import pytest

from pairgrant_protocol.messages import ErrorResponse
from pairgrant_protocol.poll_result import read_poll_result
from pairgrant_protocol.polling import Refused
from pairgrant_protocol.sign_in_end import EndedBy, SignInEnd

AT = 1_790_000_000


@pytest.mark.parametrize("by", EndedBy)
@pytest.mark.parametrize("name", [None, "Alice Liddell"])
def test_end_is_read_as_it_was_sent(by: EndedBy, name: str | None) -> None:
    end = SignInEnd(by, AT, name)
    assert SignInEnd.parse(end.serialize()) == end


def test_name_is_left_out_where_there_is_none() -> None:
    assert SignInEnd(EndedBy.OPERATOR, AT + 0.9).serialize() == {"by": "operator", "at": AT}


@pytest.mark.parametrize(
    "sent",
    [
        None,
        "user",
        [],
        {},
        {"by": "user"},
        {"by": "user", "at": None},
        {"by": "user", "at": True},
        {"by": "user", "at": "1790000000"},
        {"by": "user", "at": -1},
        {"by": "user", "at": 1e300},
        {"by": "user", "at": float("nan")},
        {"by": "user", "at": float("inf")},
        {"by": "aliens", "at": AT},
        {"by": ["user"], "at": AT},
        {"by": None, "at": AT},
        {"at": AT},
    ],
)
def test_unusable_end_is_ignored(sent: Any) -> None:
    assert SignInEnd.parse(sent) is None
    assert ErrorResponse.parse({"error": "invalid_grant", "pairgrant_ended": sent}).ended is None


@pytest.mark.parametrize("name", ["", None, 7, ["Alice"], {"a": 1}])
def test_unusable_name_is_left_out(name: Any) -> None:
    assert SignInEnd.parse({"by": "user", "at": AT, "name": name}) == SignInEnd(EndedBy.USER, AT)


def test_long_name_is_cut() -> None:
    end = SignInEnd.parse({"by": "user", "at": AT, "name": "A" * 10_000})
    assert end is not None
    assert end.name == "A" * 200


def test_name_is_not_in_a_repr() -> None:
    assert "Alice" not in repr(SignInEnd(EndedBy.USER, AT, "Alice"))


def test_refusal_of_a_refresh_has_the_end() -> None:
    body = b'{"error": "invalid_grant", "pairgrant_ended": {"by": "user", "at": 1790000000, "name": "Alice"}}'
    assert read_poll_result(400, body) == Refused("invalid_grant", None, SignInEnd(EndedBy.USER, AT, "Alice"))
