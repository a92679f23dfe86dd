"""JSON from the other side: untrusted until it is an object of bounded size and depth."""

import json
from typing import Any, Never

from pairgrant_protocol.errors import ProtocolError
from pairgrant_protocol.secret import Secret

MAX_BYTES = 1 << 20
"""No response of the protocol comes near 1 MiB; a larger one is refused without parsing."""

_MAX_SECRET = 65_536


class MalformedMessageError(ProtocolError):
    """The other side sent what the protocol does not allow; the text says what, without quoting secrets."""


def parse_object(body: bytes) -> dict[str, Any]:
    """The JSON object in ``body`` (UTF-8).

    Raises:
        MalformedMessageError: it is too large, not UTF-8, not JSON, nested too deeply, contains NaN or
            Infinity, or is not an object.
    """
    if len(body) > MAX_BYTES:
        raise MalformedMessageError("the response is larger than 1 MiB")
    try:
        parsed = json.loads(body.decode(), parse_constant=_refuse_constant)
    except (ValueError, RecursionError):
        raise MalformedMessageError("the response is not JSON") from None
    if not isinstance(parsed, dict):
        raise MalformedMessageError("the response is JSON, but not an object")
    return parsed


def _refuse_constant(name: str) -> Never:
    raise ValueError(name)


def text(members: dict[str, Any], name: str, *, limit: int = 4096) -> str:
    """The member ``name``, a text of 1 to ``limit`` characters.

    Raises:
        MalformedMessageError: it is missing, or not such a text.
    """
    value = optional_text(members, name, limit=limit)
    if value is None:
        raise MalformedMessageError(f"{name} is missing")
    return value


def optional_text(members: dict[str, Any], name: str, *, limit: int = 4096) -> str | None:
    """The member ``name``; None if it is missing, null or empty.

    Raises:
        MalformedMessageError: it is not a text of at most ``limit`` characters.
    """
    value = members.get(name)
    if value is None or value == "":
        return None
    if not isinstance(value, str) or len(value) > limit:
        raise MalformedMessageError(f"{name} is not a text of at most {limit} characters")
    return value


def secret(members: dict[str, Any], name: str) -> Secret:
    """The code or token ``name``.

    Raises:
        MalformedMessageError: it is missing, or not such a text.
    """
    value = optional_secret(members, name)
    if value is None:
        raise MalformedMessageError(f"{name} is missing")
    return value


def optional_secret(members: dict[str, Any], name: str) -> Secret | None:
    """The code or token ``name``; None if it is missing, null or empty.

    It is printable ASCII (RFC 6749 A.12, A.17), so that a form or a header can carry it.

    Raises:
        MalformedMessageError: it is not such a text.
    """
    value = optional_text(members, name, limit=_MAX_SECRET)
    if value is None:
        return None
    if not (value.isascii() and value.isprintable()):
        raise MalformedMessageError(f"{name} is not printable ASCII")
    return Secret(value)


def optional_seconds(members: dict[str, Any], name: str) -> float | None:
    """The member ``name`` as a finite number of seconds; None if it is missing.

    Some servers send the number as a text, so that is accepted too.

    Raises:
        MalformedMessageError: it is not a finite number.
    """
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
