"""Responses and tokens as compact JSON."""

import json
from dataclasses import field
from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pairgrant_protocol.record import record
from pairgrant_protocol.secret import Secret
from pairgrant_protocol.vocabulary import ErrorCode
from pairgrant_server.authorization_server.json_text import json_text

_TEXTS = st.text(st.characters() | st.sampled_from("\ud800\udfff\u2028\0"))
_VALUES = st.recursive(
    _TEXTS | st.integers() | st.booleans() | st.none() | st.floats(allow_nan=False, allow_infinity=False),
    lambda values: st.lists(values, max_size=3) | st.dictionaries(_TEXTS, values, max_size=3),
)


@given(members=st.dictionaries(_TEXTS, _VALUES, max_size=5))
def test_any_members_can_be_read_back(members: dict[str, Any]) -> None:
    assert json.loads(json_text(members)) == members


@record
class _Account:
    password_hash: str = field(repr=False)


@pytest.mark.parametrize("value", [_Account("$argon2id$"), Secret("s"), datetime(2026, 1, 1, tzinfo=UTC)])
def test_what_is_no_json_value_is_refused(value: object) -> None:
    with pytest.raises(TypeError):
        json_text({"value": value})


@pytest.mark.parametrize(
    ("members", "text"),
    [
        ({"error": ErrorCode.INVALID_REQUEST}, b'{"error":"invalid_request"}'),
        ({"name": "Gerät", "scopes": ("a", "b")}, '{"name":"Gerät","scopes":["a","b"]}'.encode()),
        ({"name": "\ud800"}, b'{"name":"\\ud800"}'),
        ({"number": 1 << 70}, b'{"number":1180591620717411303424}'),
    ],
)
def test_text_is_compact(members: dict[str, Any], text: bytes) -> None:
    assert json_text(members) == text
