"""JSON from clients, parsed strictly, so that no other program can read it differently (RFC 8259)."""

import json
import math
from typing import Any, Never

from pairgrant_server.errors import PairgrantServerError


class StrictJSONError(PairgrantServerError, ValueError):
    """The text is not strict JSON; the message says what is wrong with it, and quotes nothing."""


def strict_object(text: bytes, *, limit: int) -> dict[str, Any]:
    """The JSON object in ``text``.

    Raises:
        StrictJSONError: no object, or as ``strict_value``.
    """
    parsed = strict_value(text, limit=limit)
    if not isinstance(parsed, dict):
        raise StrictJSONError("JSON, but no object")
    return parsed


def strict_value(text: bytes, *, limit: int) -> Any:
    """The JSON value in ``text``, at most ``limit`` bytes of UTF-8.

    Raises:
        StrictJSONError: too large, too deep, a member given twice (RFC 7519 §4), NaN or Infinity, a number
            that a double can't hold (RFC 8259 §6), half a surrogate pair, or a NUL character.
    """
    if len(text) > limit:
        raise StrictJSONError(f"larger than {limit} bytes")
    try:
        parsed = json.loads(
            text.decode(),
            object_pairs_hook=_members,
            parse_constant=_refuse_constant,
            parse_float=_finite,
            parse_int=_representable,
        )
        json.dumps(parsed, ensure_ascii=False).encode()  # an escape may hide half a surrogate pair
    except StrictJSONError:
        raise
    except (ValueError, OverflowError, RecursionError):
        raise StrictJSONError("not JSON in UTF-8") from None
    if b"\\u0000" in text:
        raise StrictJSONError("a NUL character in it")
    return parsed


def _members(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    members = dict(pairs)
    if len(members) < len(pairs):
        raise StrictJSONError("a member is given twice")
    return members


def _refuse_constant(_: str) -> Never:
    raise StrictJSONError("NaN and Infinity are not JSON")


def _finite(text: str) -> float:
    number = float(text)
    if math.isinf(number):
        raise StrictJSONError("a number is too large")
    return number


def _representable(text: str) -> int:
    number = int(text)
    float(number)  # OverflowError
    return number
