"""What every error of the device knows: a code for programs, an exit code, and a text for a person."""

import pytest

from pairgrant import errors
from pairgrant.errors import BrowserSignInRefusedError, PairgrantError, SignInEndedError, refusal
from pairgrant.exit_codes import ExitCode
from pairgrant_protocol.vocabulary import ErrorCode

CLASSES = [
    member
    for member in vars(errors).values()
    if isinstance(member, type) and issubclass(member, PairgrantError)
]
OWN_EXIT_CODES = {
    "DeviceSettingsError": ExitCode.USAGE,
    "TokenBoundError": ExitCode.USAGE,
    "TemporaryError": ExitCode.UNAVAILABLE,
    "UnreachableError": ExitCode.UNAVAILABLE,
    "ServerBusyError": ExitCode.UNAVAILABLE,
    "SlowDownError": ExitCode.UNAVAILABLE,
    "DeniedError": ExitCode.DENIED,
    "ExpiredError": ExitCode.EXPIRED,
    "NotSignedInError": ExitCode.NOT_SIGNED_IN,
    "SignInEndedError": ExitCode.NOT_SIGNED_IN,
}


@pytest.mark.parametrize("error", CLASSES)
def test_error_has_a_code_and_an_exit_code(error: type[PairgrantError]) -> None:
    assert error.code
    assert error.exit_code == OWN_EXIT_CODES.get(error.__name__, ExitCode.ERROR)


def test_text_of_an_error_is_its_message() -> None:
    assert str(SignInEndedError("Sign in again.")) == "Sign in again."


@pytest.mark.parametrize(
    "error",
    [
        ErrorCode.INVALID_CLIENT,
        ErrorCode.UNAUTHORIZED_CLIENT,
        ErrorCode.INVALID_SCOPE,
        ErrorCode.INVALID_GRANT,
        "some_other_error",
    ],
)
def test_refusal_keeps_the_servers_error_and_escapes_its_description(error: str) -> None:
    refused = refusal(error, "\x1b[2J no", client_id="\x1b[2J")
    assert refused.code == error
    assert str(refused).isprintable()


def test_refusal_of_a_device_that_is_not_enrolled_says_why_and_how_to_enroll_it() -> None:
    reason = "the device is neither enrolled nor connected"
    refused = str(refusal(ErrorCode.UNAUTHORIZED_CLIENT, reason, client_id="lobby-tv"))
    assert reason in refused
    assert "pairgrant enroll" in refused


@pytest.mark.parametrize("error", [ErrorCode.UNAUTHORIZED_CLIENT, ErrorCode.INVALID_REQUEST])
def test_refusal_of_a_browser_suggests_the_code(error: str) -> None:
    refused = refusal(error, "no redirect URI", client_id="lobby-tv", by_browser=True)
    assert isinstance(refused, BrowserSignInRefusedError)
    assert refused.code == error
    assert "--device-code" in str(refused)
    assert "no redirect URI" in str(refused)
