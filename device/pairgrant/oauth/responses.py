"""Parses the authorization server's responses: steps (B), (E) and (F), refreshes and authorization codes;
pure.
"""

from collections.abc import Callable
from dataclasses import replace
from http import HTTPStatus
from typing import Any, TypeVar

from pairgrant.errors import (
    NoDeviceGrantError,
    PairgrantError,
    ServerBusyError,
    ServerFaultError,
    SignInEndedError,
    SlowDownError,
    refusal,
)
from pairgrant.oauth.http_response import HttpResponse
from pairgrant.translation import Translatable
from pairgrant_protocol.json_object import MalformedMessageError, parse_object, text
from pairgrant_protocol.messages import DeviceAuthorizationResponse, ErrorResponse, TokenResponse
from pairgrant_protocol.poll_result import read_poll_result
from pairgrant_protocol.polling import PollResult, Refused, Unreachable
from pairgrant_protocol.vocabulary import ErrorCode

Parsed = TypeVar("Parsed")

_BEARER, _DPOP = "bearer", "dpop"
"""The token types that this device can use, the second only with a proof; any other MUST NOT be used (RFC
6749 §7.1).
"""


def parse_device_authorization(response: HttpResponse, *, client_id: str) -> DeviceAuthorizationResponse:
    """Step (B), RFC 8628 §3.2; an ``error`` member takes precedence over the status code.

    Raises:
        RefusedByServerError, ServerBusyError, ServerFaultError: there is no code.
    """
    try:
        members = parse_object(response.body)
    except MalformedMessageError:
        raise _not_json(response) from None
    if members.get("error") not in (None, ""):  # some servers send an empty error with a success
        raise _refused(response, parsed(ErrorResponse.parse, members), client_id)
    if response.is_temporary:
        raise busy(response)
    return parsed(DeviceAuthorizationResponse.parse, members)


def parse_poll(response: HttpResponse, *, is_proved: bool = False) -> PollResult:
    """Step (E), RFC 8628 §3.5; a token of a type that can't be used counts as a refusal.

    ``is_proved``: the request carried a proof, so that the tokens may be bound to the key (RFC 9449 §5).
    """
    result = read_poll_result(
        response.status, response.body, response.retry_after, response.preference_applied
    )
    if isinstance(result, Unreachable):
        return replace(result, reason=_reason(result.reason, response.status))
    usable = {_BEARER, _DPOP} if is_proved else {_BEARER}
    if isinstance(result, TokenResponse) and result.token_type.lower() not in usable:
        return Refused(
            "unsupported_token_type",
            f"The token type is {result.token_type}; this device supports Bearer only.",
        )
    return result


def parse_refresh(response: HttpResponse, *, client_id: str, is_proved: bool = False) -> TokenResponse:
    """The response to a refresh (RFC 6749 §6).

    Raises:
        SignInEndedError: ``invalid_grant``: revoked, expired, or used by another program.
        ServerBusyError: worth another try with the same refresh token.
        RefusedByServerError: any other error.
    """
    match parse_poll(response, is_proved=is_proved):
        case TokenResponse() as tokens:
            return tokens
        case Refused(error=ErrorCode.INVALID_GRANT, ended=end):
            text = Translatable(
                "The server has ended this sign-in: it was revoked or has expired. Sign in again to continue."
            )
            raise SignInEndedError(text, end)
        case Refused(error=error, description=description):
            raise refusal(error, description, client_id=client_id)
        case Unreachable(reason=reason, retry_after=retry_after):
            text = Translatable("No new token yet: {reason}.", reason=reason)
            raise ServerBusyError(text, retry_after=retry_after)
        case _:  # authorization_pending and slow_down can only mean "not now" here
            raise ServerBusyError(Translatable("No new token yet: the server asks to wait."))


def parse_pushed_request(response: HttpResponse, *, client_id: str) -> str:
    """The ``request_uri`` of a pushed authorization request (RFC 9126 §2.2).

    Raises:
        BrowserSignInRefusedError: the server doesn't let this client use a browser.
        RefusedByServerError, ServerBusyError, ServerFaultError: any other failure.
    """
    if response.is_temporary:
        raise busy(response)
    try:
        members = parse_object(response.body)
    except MalformedMessageError:
        raise _unreadable(response) from None
    if members.get("error") not in (None, ""):
        error = parsed(ErrorResponse.parse, members)
        raise refusal(error.error, error.error_description, client_id=client_id, by_browser=True)
    return parsed(lambda found: text(found, "request_uri"), members)


def parse_code_redemption(
    response: HttpResponse, *, client_id: str, is_proved: bool = False
) -> TokenResponse:
    """The response to an authorization code (RFC 6749 §4.1.4); a code can be used once, so a failure is
    final.

    Raises:
        ServerBusyError: start again later.
        RefusedByServerError: any error.
    """
    match parse_poll(response, is_proved=is_proved):
        case TokenResponse() as tokens:
            return tokens
        case Refused(error=error, description=description):
            raise refusal(error, description, client_id=client_id)
        case Unreachable(reason=reason, retry_after=retry_after):
            raise ServerBusyError(
                f"No tokens for this sign-in: {reason}. Start again.", retry_after=retry_after
            )
        case other:
            raise ServerFaultError(
                f"The server responded to a code with {type(other).__name__}. Start again."
            )


def busy(response: HttpResponse) -> ServerBusyError:
    """The error for "not now", with the wait that the server asks for."""
    result = read_poll_result(HTTPStatus.SERVICE_UNAVAILABLE, b"", response.retry_after)
    wait = result.retry_after if isinstance(result, Unreachable) else None
    if wait:
        text = Translatable(
            "The server is busy (it responded with {status}). Try again in {wait} seconds.",
            status=response.status,
            wait=f"{wait:.0f}",
        )
    else:
        text = Translatable(
            "The server is busy (it responded with {status}). Try again in a moment.", status=response.status
        )
    return ServerBusyError(text, retry_after=wait)


def parsed(parse: Callable[[dict[str, Any]], Parsed], members: dict[str, Any]) -> Parsed:
    """``parse(members)``, with a malformed message turned into a ``ServerFaultError``."""
    try:
        return parse(members)
    except MalformedMessageError as malformed:
        raise ServerFaultError(
            Translatable(
                "The server's response can't be used: {reason}. "
                "Check --issuer, or ask the server's operator.",
                reason=malformed,
            )
        ) from None


def _refused(response: HttpResponse, error: ErrorResponse, client_id: str) -> PairgrantError:
    if error.error == ErrorCode.SLOW_DOWN:
        return SlowDownError(*busy(response).args, retry_after=busy(response).retry_after)
    if response.is_temporary or error.error == ErrorCode.TEMPORARILY_UNAVAILABLE:
        return busy(response)
    return refusal(error.error, error.error_description, client_id=client_id)


def _not_json(response: HttpResponse) -> PairgrantError:
    if response.is_temporary:
        return busy(response)
    if response.status in {HTTPStatus.NOT_FOUND, HTTPStatus.METHOD_NOT_ALLOWED}:
        return NoDeviceGrantError(
            Translatable(
                "This server has no device sign-in (it responded with {status}). Check --issuer.",
                status=response.status,
            )
        )
    return _unreadable(response)


def _unreadable(response: HttpResponse) -> ServerFaultError:
    return ServerFaultError(
        Translatable(
            "The server responded with {status} and something other than JSON. Check --issuer, "
            "and whether a proxy or the network's own sign-in page responds in its place.",
            status=response.status,
        )
    )


def _reason(english: str, status: int) -> Translatable:
    """The reason of the protocol package, which knows no languages, as a text that can be translated."""
    if english.endswith("not JSON"):
        return Translatable("the server responded {status} with a body that is not JSON", status=status)
    return Translatable("the server responded {status}", status=status)
