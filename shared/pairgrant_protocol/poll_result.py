"""Reads the result of one poll from the HTTP response, step (E); ``error`` counts before the status code."""

from typing import Any

from pairgrant_protocol.extra_members import known_stage
from pairgrant_protocol.json_object import MalformedMessageError, parse_object
from pairgrant_protocol.messages import ErrorResponse, TokenResponse
from pairgrant_protocol.polling import Pending, PollResult, Refused, SlowDown, Unreachable
from pairgrant_protocol.vocabulary import ErrorCode

_TOO_MANY_REQUESTS = 429
_SERVER_ERRORS = range(500, 600)
_MAX_RETRY_AFTER = 3600.0
_DECLINED = "authorization_declined"
"""A denial, as Microsoft Entra ID and OpenAM name it."""


def read_poll_result(
    status: int, body: bytes, retry_after: str | None = None, preference_applied: str | None = None
) -> PollResult:
    """The meaning of a response of the token endpoint (RFC 8628 §3.5).

    A body that is not a JSON object (a proxy's HTML, a captive portal) counts as unreachable, so that the
    device tries again; so do 429 and 5xx, unless they carry a polling error of the RFC. ``retry_after`` and
    ``preference_applied`` are the values of the headers.
    """
    wait = _seconds(retry_after)
    try:
        members = parse_object(body)
    except MalformedMessageError:
        return Unreachable(f"the server responded {status} with a body that is not JSON", wait)
    try:
        if _has(members, "error"):
            was_held = (preference_applied or "").strip().lower().startswith("wait=")
            return _read_error(ErrorResponse.parse(members), status, wait, was_held=was_held)
        if _has(members, "access_token"):
            return TokenResponse.parse(members)
    except MalformedMessageError as malformed:
        if not _is_temporary(status):
            return Refused("invalid_response", f"The server's response can't be used: {malformed}.")
    if _is_temporary(status):
        return Unreachable(f"the server responded {status}", wait)
    return Refused("invalid_response", f"The server responded {status} with neither a token nor an error.")


def _has(members: dict[str, Any], name: str) -> bool:
    """Whether the member is there; some servers send null or "" for a member that they leave out."""
    value = members.get(name)
    return value is not None and value != ""


def _read_error(response: ErrorResponse, status: int, wait: float | None, *, was_held: bool) -> PollResult:
    match response.error:
        case ErrorCode.AUTHORIZATION_PENDING:
            return Pending(known_stage(response.pairing_stage), was_held, response.number)
        case ErrorCode.SLOW_DOWN:
            return SlowDown(response.interval)
        case error if error == _DECLINED:
            return Refused(ErrorCode.ACCESS_DENIED, response.error_description)
        case ErrorCode.ACCESS_DENIED | ErrorCode.EXPIRED_TOKEN:
            return Refused(response.error, response.error_description)
    if _is_temporary(status) or response.error == ErrorCode.TEMPORARILY_UNAVAILABLE:
        return Unreachable(f"the server responded {status}", wait)
    return Refused(response.error, response.error_description, response.ended)


def _is_temporary(status: int) -> bool:
    return status == _TOO_MANY_REQUESTS or status in _SERVER_ERRORS


def _seconds(retry_after: str | None) -> float | None:
    """``Retry-After`` in seconds; None for the date form, which would need a wall clock."""
    if retry_after is None or not retry_after.isascii() or not retry_after.isdigit():
        return None
    return min(float(retry_after[:10]), _MAX_RETRY_AFTER)
