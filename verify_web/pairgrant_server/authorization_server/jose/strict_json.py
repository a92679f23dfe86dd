"""JSON from clients, parsed strictly, so that no other program can read it differently (RFC 8259)."""

import json
from typing import Any, Never

from pairgrant_server.errors import PairgrantServerError


class StrictJSONError(PairgrantServerError, ValueError):
    """The text is not strict JSON; the message says what is wrong with it, and quotes nothing."""


def strict_object(text: bytes, *, limit: int) -> dict[str, Any]:
    """The JSON object in ``text``, at most ``limit`` bytes of UTF-8.

    Raises:
        StrictJSONError: too large, too deep, no object, a member given twice (RFC 7519 §4), NaN or Infinity,
            half a surrogate pair, or a NUL character.
    """
    if len(text) > limit:
        raise StrictJSONError(f"larger than {limit} bytes")
    try:
        parsed = json.loads(text.decode(), object_pairs_hook=_members, parse_constant=_refuse_constant)
        json.dumps(parsed, ensure_ascii=False).encode()  # an escape may hide half a surrogate pair
    except StrictJSONError:
        raise
    except (ValueError, RecursionError):
        raise StrictJSONError("not JSON in UTF-8") from None
    if not isinstance(parsed, dict):
        raise StrictJSONError("JSON, but no object")
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
