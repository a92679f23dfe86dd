"""JSON from the other side: hostile until it is an object of bounded size and depth."""

import json
from typing import Any, Never

MAX_BYTES = 1 << 20
"""No answer of the protocol is near 1 MiB; a larger one is refused unread."""


class MalformedMessageError(ValueError):
    """The other side sent what the protocol does not allow; the text says what, without quoting secrets."""


def parse_object(body: bytes) -> dict[str, Any]:
    """The JSON object in ``body`` (UTF-8).

    Raises:
        MalformedMessageError: too large, not UTF-8, not JSON, too deep, NaN or Infinity, or no object.
    """
    if len(body) > MAX_BYTES:
        raise MalformedMessageError("the answer is larger than 1 MiB")
    try:
        parsed = json.loads(body.decode(), parse_constant=_refuse_constant)
    except (ValueError, RecursionError):
        raise MalformedMessageError("the answer is not JSON") from None
    if not isinstance(parsed, dict):
        raise MalformedMessageError("the answer is JSON, but no object")
    return parsed


def _refuse_constant(name: str) -> Never:
    raise ValueError(name)


def text(members: dict[str, Any], name: str, *, limit: int = 4096) -> str:
    """The member ``name``, which must be a text of 1 to ``limit`` characters."""
    value = optional_text(members, name, limit=limit)
    if value is None:
        raise MalformedMessageError(f"{name} is missing")
    return value


def optional_text(members: dict[str, Any], name: str, *, limit: int = 4096) -> str | None:
    """The member ``name``, or None where it is missing, null or empty."""
    value = members.get(name)
    if value is None or value == "":
        return None
    if not isinstance(value, str) or len(value) > limit:
        raise MalformedMessageError(f"{name} is not a text of at most {limit} characters")
    return value


def optional_seconds(members: dict[str, Any], name: str) -> float | None:
    """The member ``name`` as a finite number of seconds, also where a server sends it as a text; None if missing."""
    value = members.get(name)
    if value is None:
        return None
    if isinstance(value, str) and len(value) <= 20:  # no number of seconds is longer
        try:
            value = float(value)
        except ValueError:
            value = None
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise MalformedMessageError(f"{name} is not a number of seconds")
    try:
        seconds = float(value)
    except OverflowError:
        seconds = float("inf")
    if not abs(seconds) < float("inf"):  # NaN and the infinities fail this too
        raise MalformedMessageError(f"{name} is not a number of seconds")
    return seconds
