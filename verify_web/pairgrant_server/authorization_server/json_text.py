"""Compact JSON, for responses and tokens."""

import json
from collections.abc import Mapping
from typing import Any

import orjson

_ONLY_JSON = orjson.OPT_PASSTHROUGH_DATACLASS | orjson.OPT_PASSTHROUGH_DATETIME
"""orjson would write all fields of a record, secrets too; the standard library refuses it."""
_encode = json.JSONEncoder(separators=(",", ":")).encode


def json_text(members: Mapping[str, Any]) -> bytes:
    """``members`` as compact JSON in UTF-8.

    UTF-8 has no half of a surrogate pair, which JSON from outside may hold. orjson, ten times as fast as the
    standard library, therefore refuses such a text; the standard library escapes it (RFC 8259 §8.2).

    Raises:
        TypeError: a value is no JSON value, such as a record or a ``Secret``.
    """
    try:
        return orjson.dumps(members, option=_ONLY_JSON)
    except orjson.JSONEncodeError:
        return _encode(members).encode()
