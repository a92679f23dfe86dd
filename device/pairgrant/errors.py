"""The errors of the device: the type says who has to act, the text says what to do next.

    PairgrantError
    ├── DeviceSettingsError               an option or variable can't be used
    │   ├── OptionValueError              the option has no such value
    │   ├── UnusableFileError             a file that an option names can't be read
    │   ├── UnusableLogoError             the file of a logo can't be shown
    │   ├── PresetError                   a file is no preset of a provider
    │   └── UnknownProviderError          there is no preset of this name
    ├── ScreensMissingError               the extra that draws the screens is not installed
    ├── TokenStoreError                   the file with the tokens or the key can't be used
    │   └── TokensKeptError               a sign-out couldn't delete them
    ├── TokenBoundError                   the access token alone would be useless
    ├── OutputLostError                   the result of a command can't be written to stdout
    ├── NotRecordedError                  an examination lacks what a check judges
    ├── NoBrowserError                    this machine has no browser
    ├── LoopbackError                     no port of this machine can be opened for the browser's redirect
    ├── PinRequiredError                  the server requires digits, and they can't be typed here
    ├── TemporaryError                    try again later, after ``retry_after`` seconds if the server says so
    │   ├── UnreachableError              no connection, or no response in time
    │   └── ServerBusyError               429 or 5xx
    │       └── SlowDownError             slow_down, in response to a device authorization request
    ├── RefusedByServerError              an error response (RFC 6749 §5.2); ``code`` is its ``error``
    │   ├── ClientRefusedError            the client_id is unknown, or may not use this grant
    │   │   └── BrowserSignInRefusedError it may not sign in with a browser
    │   └── NotGrantedError               the access token lacks a scope
    ├── DeniedError                       the person denied the request
    ├── ExpiredError                      the code expired before the person decided
    ├── ServerFaultError                  the server broke the protocol
    │   ├── CertificateError              its certificate can't be verified
    │   ├── NoDeviceGrantError            it has no device authorization endpoint
    │   └── NoAuthorizationCodeGrantError it has no authorization endpoint, or no PKCE
    ├── TokenRejectedError                a resource server rejected the access token
    ├── NoPairingError                    there is no pairing to go on with
    └── NotSignedInError                  there are no tokens on this device
        └── SignInEndedError              the tokens were revoked, expired or deleted

Text from a server passes through ``visible`` before it becomes part of a message.
"""

from typing import ClassVar

from pairgrant.exit_codes import ExitCode
from pairgrant.translation import Translatable
from pairgrant_protocol.sign_in_end import SignInEnd
from pairgrant_protocol.visible_text import visible
from pairgrant_protocol.vocabulary import ErrorCode


class PairgrantError(Exception):
    """The root of all errors of this package.

    ``code`` names the error for programs, ``str()`` tells a person what to do next, and a command that fails
    with it ends with ``exit_code``.
    """

    code = "error"
    exit_code: ClassVar[ExitCode] = ExitCode.ERROR

    @property
    def text(self) -> str:
        """``str()``, still ``Translatable`` if it was: what a display passes on to a person."""
        text = self.args[0] if self.args else ""
        return text if isinstance(text, str) else str(text)


class DeviceSettingsError(PairgrantError):
    code = "invalid_settings"
    exit_code = ExitCode.USAGE


class ScreensMissingError(PairgrantError):
    code = "screens_missing"

    def __init__(self) -> None:
        super().__init__(
            Translatable(
                "The screens are not installed. Install them with: pip install 'pairgrant[kiosk]', "
                "or choose lines of text with --plain."
            )
        )


class TokenStoreError(PairgrantError):
    code = "token_store"


class TokensKeptError(TokenStoreError):
    """A sign-out that left the file of the tokens; ``refused`` is why they are not revoked either."""

    def __init__(self, kept: TokenStoreError, refused: PairgrantError | None) -> None:
        if refused is None:
            text = Translatable(
                "The tokens are revoked at the server, but their file stays. {kept}", kept=kept.text
            )
        else:
            text = Translatable(
                "The tokens are neither revoked at the server nor deleted here. {refused} {kept}",
                refused=refused.text,
                kept=kept.text,
            )
        super().__init__(text)


class TokenBoundError(PairgrantError):
    code = "token_bound"
    exit_code = ExitCode.USAGE

    def __init__(self, program: str | None = None) -> None:
        """``program`` is one that can send only plain bearer tokens."""
        if program is not None:
            super().__init__(
                f"The token is bound to this device's key (DPoP), and {program} can send only plain bearer "
                "tokens. Sign in again with: pairgrant login --no-dpop."
            )
            return
        super().__init__(
            "The token is bound to this device's key (DPoP), so it is useless alone. "
            "Print it with a proof for one request: pairgrant token --headers METHOD URL. "
            "Or send the request with: pairgrant api METHOD URL. "
            "For a plain bearer token, sign in with --no-dpop."
        )


class OutputLostError(PairgrantError):
    code = "output_lost"

    def __init__(self) -> None:
        super().__init__("The result can't be written to the standard output. Check where that goes.")


class NoBrowserError(PairgrantError):
    code = "no_browser"


class LoopbackError(PairgrantError):
    code = "loopback"


class PinRequiredError(PairgrantError):
    code = "pin_needed"

    def __init__(self) -> None:
        super().__init__(
            Translatable(
                "The server asks for the digits that the phone shows, and there is no way to type them here. "
                "Run this command on a terminal. "
                "A program writes them as a line to the standard input of `pairgrant login --json`."
            )
        )


class TemporaryError(PairgrantError):
    """Worth another try; ``retry_after`` is in seconds."""

    code = "temporarily_unavailable"
    exit_code = ExitCode.UNAVAILABLE

    def __init__(self, text: str, *, retry_after: float | None = None) -> None:
        super().__init__(text)
        self.retry_after = retry_after


class UnreachableError(TemporaryError):
    code = "unreachable"


class ServerBusyError(TemporaryError):
    pass


class SlowDownError(ServerBusyError):
    pass


class RefusedByServerError(PairgrantError):
    """An error response; ``code`` is the server's ``error``."""

    def __init__(self, text: str, code: str) -> None:
        super().__init__(text)
        self.code = code


class ClientRefusedError(RefusedByServerError):
    pass


class BrowserSignInRefusedError(ClientRefusedError):
    pass


class NotGrantedError(RefusedByServerError):
    pass


class DeniedError(PairgrantError):
    code = ErrorCode.ACCESS_DENIED
    exit_code = ExitCode.DENIED


class ExpiredError(PairgrantError):
    code = ErrorCode.EXPIRED_TOKEN
    exit_code = ExitCode.EXPIRED


class ServerFaultError(PairgrantError):
    code = "invalid_response"


class CertificateError(ServerFaultError):
    code = "certificate"


class NoDeviceGrantError(ServerFaultError):
    code = "no_device_grant"


class NoAuthorizationCodeGrantError(ServerFaultError):
    code = "no_code_flow"


class TokenRejectedError(PairgrantError):
    code = ErrorCode.INVALID_TOKEN


class NoPairingError(PairgrantError):
    code = "no_pairing"

    def __init__(self, handle: str) -> None:
        super().__init__(
            f"There is no pairing {visible(handle, limit=40)!r} here: it has ended, or another process has "
            "completed it. Start one with: pairgrant login --no-wait"
        )


class NotSignedInError(PairgrantError):
    code = "not_signed_in"
    exit_code = ExitCode.NOT_SIGNED_IN


class SignInEndedError(NotSignedInError):
    """``end`` is what the server said about it, if it did; the text has no name."""

    code = "sign_in_ended"

    def __init__(self, text: str, end: SignInEnd | None = None) -> None:
        super().__init__(text)
        self.end = end


def refusal(
    error: str, description: str | None, *, client_id: str, by_browser: bool = False
) -> RefusedByServerError:
    """The error for an OAuth ``error`` (RFC 6749 §5.2, RFC 8628 §3.5), with a text for the person.

    ``by_browser``: the error is about an authorization request, which a server refuses as invalid also if it
    doesn't know the redirect URI.
    """
    client = visible(client_id)
    match error:
        case ErrorCode.UNAUTHORIZED_CLIENT | ErrorCode.INVALID_REQUEST if by_browser:
            text = Translatable(
                "The server doesn't let the client '{client}' sign in with a browser. "
                "Use your phone with --device-code, or ask the server's operator to allow the client "
                "the authorization code grant and the redirect URI http://127.0.0.1/callback.",
                client=client,
            )
            return BrowserSignInRefusedError(_with_description(text, description), error)
        case ErrorCode.INVALID_CLIENT:
            text = Translatable(
                "The server doesn't know the client '{client}'. "
                "Check --client-id, or ask the server's operator to register it.",
                client=client,
            )
            return ClientRefusedError(text, error)
        case ErrorCode.UNAUTHORIZED_CLIENT:
            text = Translatable(
                "The client '{client}' may not sign in this way at this server. "
                "Ask the server's operator to allow it the device grant, "
                "or the authorization code grant for --browser, or to enroll this device "
                "(pairgrant enroll).",
                client=client,
            )
            return ClientRefusedError(_with_description(text, description), error)
        case ErrorCode.INVALID_SCOPE:
            text = Translatable(
                "The server doesn't grant this scope to the client. Ask for less with --scope."
            )
        case ErrorCode.INVALID_GRANT:
            text = Translatable("The code is no longer valid at the server. Start again to get a new one.")
        case _:
            text = Translatable(
                "The server refused the request: {error}. "
                "Start again. If it happens again, ask the server's operator.",
                error=visible(error),
            )
    return RefusedByServerError(_with_description(text, description), visible(error))


def _with_description(text: Translatable, description: str | None) -> Translatable:
    """``text``, and what the server says, as it is."""
    if not description:
        return text
    return Translatable("{text} The server says: {description}", text=text, description=visible(description))
