"""What the authorization server's responses mean, steps (B), (E) and (F), and refreshes; pure, nothing here sends."""

from collections.abc import Callable
from http import HTTPStatus
from typing import Any, TypeVar

from pairgrant.errors import (
    NoDeviceGrantError,
    PairgrantError,
    ServerBusyError,
    ServerFaultError,
    SignInEndedError,
    refusal,
)
from pairgrant.oauth.http_response import HttpResponse
from pairgrant_protocol.json_object import MalformedMessageError, parse_object
from pairgrant_protocol.messages import DeviceAuthorizationResponse, ErrorResponse, TokenResponse
from pairgrant_protocol.poll_result import read_poll_result
from pairgrant_protocol.polling import PollResult, Refused, Unreachable
from pairgrant_protocol.vocabulary import ErrorCode

Parsed = TypeVar("Parsed")

_BEARER, _DPOP = "bearer", "dpop"
"""The token types that this device can use, the second beside a proof; any other MUST NOT be used (RFC 6749 §7.1)."""


def read_device_authorization(response: HttpResponse, *, client_id: str) -> DeviceAuthorizationResponse:
    """Step (B), RFC 8628 §3.2; an ``error`` member is judged before the status code.

    Raises:
        RefusedByServerError, ServerBusyError, ServerFaultError: instead of a code.
    """
    try:
        members = parse_object(response.body)
    except MalformedMessageError:
        raise _not_json(response) from None
    if members.get("error") not in (None, ""):  # some servers fill what they don't say
        raise _refused(response, parsed(ErrorResponse.parse, members), client_id)
    if response.is_temporary:
        raise busy(response)
    return parsed(DeviceAuthorizationResponse.parse, members)


def read_poll(response: HttpResponse, *, is_proved: bool = False) -> PollResult:
    """Step (E), RFC 8628 §3.5; a token of a type that can't be used is a refusal.

    ``is_proved``: the request proved a key, so that the tokens may be bound to it (RFC 9449 §5).
    """
    reading = read_poll_result(
        response.status, response.body, response.retry_after, response.preference_applied
    )
    usable = {_BEARER, _DPOP} if is_proved else {_BEARER}
    if isinstance(reading, TokenResponse) and reading.token_type.lower() not in usable:
        return Refused(
            "unsupported_token_type", f"The token's type is {reading.token_type}; only Bearer is understood."
        )
    return reading


def read_refresh(response: HttpResponse, *, client_id: str, is_proved: bool = False) -> TokenResponse:
    """The response to a refresh (RFC 6749 §6).

    Raises:
        SignInEndedError: ``invalid_grant``: revoked, run out, or used by someone else.
        ServerBusyError: worth another try with the same refresh token.
        RefusedByServerError: any other error.
    """
    match read_poll(response, is_proved=is_proved):
        case TokenResponse() as tokens:
            return tokens
        case Refused(error=ErrorCode.INVALID_GRANT):
            raise SignInEndedError(
                "The server has ended this sign-in: it was revoked there, or has run out. "
                "Sign in again to go on."
            )
        case Refused(error=error, description=description):
            raise refusal(error, description, client_id=client_id)
        case Unreachable(reason=reason, retry_after=retry_after):
            raise ServerBusyError(f"No new token yet: {reason}.", retry_after=retry_after)
        case _:  # authorization_pending and slow_down can only mean "not now" here
            raise ServerBusyError("No new token yet: the server asks to wait.")


def read_code(response: HttpResponse, *, client_id: str, is_proved: bool = False) -> TokenResponse:
    """The response to an authorization code (RFC 6749 §4.1.4); it is good once, so there is no second try.

    Raises:
        ServerBusyError: start again in a while.
        RefusedByServerError: any error.
    """
    match read_poll(response, is_proved=is_proved):
        case TokenResponse() as tokens:
            return tokens
        case Refused(error=error, description=description):
            raise refusal(error, description, client_id=client_id)
        case Unreachable(reason=reason, retry_after=retry_after):
            raise ServerBusyError(
                f"No tokens for this sign-in: {reason}. Start again.", retry_after=retry_after
            )
        case other:
            raise ServerFaultError(f"The server answered a code with {type(other).__name__}. Start again.")


def busy(response: HttpResponse) -> ServerBusyError:
    """The error for "not now", with the wait that the server asks for."""
    reading = read_poll_result(HTTPStatus.SERVICE_UNAVAILABLE, b"", response.retry_after)
    wait = reading.retry_after if isinstance(reading, Unreachable) else None
    when = f"in {wait:.0f} seconds" if wait else "in a moment"
    return ServerBusyError(
        f"The server is busy (it answered {response.status}). Try again {when}.", retry_after=wait
    )


def parsed(parse: Callable[[dict[str, Any]], Parsed], members: dict[str, Any]) -> Parsed:
    """``parse(members)``, where a malformed message is the fault of whoever sent it."""
    try:
        return parse(members)
    except MalformedMessageError as malformed:
        raise ServerFaultError(
            f"The server's response can't be used: {malformed}. Check --issuer, or tell who runs the server."
        ) from None


def _refused(response: HttpResponse, error: ErrorResponse, client_id: str) -> PairgrantError:
    if response.is_temporary or error.error == ErrorCode.TEMPORARILY_UNAVAILABLE:
        return busy(response)
    return refusal(error.error, error.error_description, client_id=client_id)


def _not_json(response: HttpResponse) -> PairgrantError:
    if response.is_temporary:
        return busy(response)
    if response.status in {HTTPStatus.NOT_FOUND, HTTPStatus.METHOD_NOT_ALLOWED}:
        return NoDeviceGrantError(
            f"This server signs in no devices (it answered {response.status}). Check --issuer."
        )
    return ServerFaultError(
        f"The server answered {response.status} with something else than JSON. "
        "Check --issuer, and whether a proxy or the network's own sign-in page answers in its place."
    )
