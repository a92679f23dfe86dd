"""What can go wrong on the device; whose fault it was is in the type, and the text says what to do next.

    DeviceError
    ├── SettingsError               ours: an option or variable that can't be used
    ├── ScreensMissingError         ours: the extra that draws the screens is not installed
    ├── TokenStoreError             ours: the file with the tokens
    ├── PassingError                nobody's: try again later (``retry_after`` seconds, where the server says it)
    │   ├── UnreachableError        no connection, no answer in time
    │   └── BusyError               429, 5xx
    ├── RefusedError                the server understood, and said no (``code`` is its error)
    │   ├── ClientRefusedError      to this client_id
    │   └── NotGrantedError         to this scope: nobody granted it
    ├── RemoteFaultError            theirs: the server broke the protocol
    │   ├── CertificateError        it can't prove who it is
    │   ├── NoDeviceGrantError      it doesn't offer what this device needs
    │   └── NoCodeFlowError         nor a sign-in by a browser on this machine
    ├── NoBrowserError              ours: there is none on this machine
    ├── LoopbackError               ours: no port that a browser here could come back to
    ├── PinNeededError              ours: digits are wanted, and nobody can type here
    ├── TokenRejectedError          a resource server doesn't take the access token
    └── NotSignedInError            there are no tokens
        └── SignInEndedError        there are no tokens any more

Everything a server said is passed through ``visible`` before it becomes part of a text.
"""

from pairgrant_protocol.visible_text import visible
from pairgrant_protocol.vocabulary import ErrorCode


class DeviceError(Exception):
    """Whatever stops a device; ``code`` names it for programs, ``str()`` tells a person what to do next."""

    code = "error"


class SettingsError(DeviceError):
    code = "invalid_settings"


class ScreensMissingError(DeviceError):
    code = "screens_missing"

    def __init__(self) -> None:
        super().__init__(
            "The screens are not installed. Install them with: pip install 'pairgrant[kiosk]', "
            "or choose lines of text with --plain."
        )


class TokenStoreError(DeviceError):
    code = "token_store"


class PassingError(DeviceError):
    """Passes by itself; ``retry_after`` is in seconds."""

    code = "temporarily_unavailable"

    def __init__(self, text: str, *, retry_after: float | None = None) -> None:
        super().__init__(text)
        self.retry_after = retry_after


class UnreachableError(PassingError):
    code = "unreachable"


class BusyError(PassingError):
    pass


class RefusedError(DeviceError):
    """A "no" in the words of the protocol; ``code`` is the server's ``error``."""

    def __init__(self, text: str, code: str) -> None:
        super().__init__(text)
        self.code = code


class ClientRefusedError(RefusedError):
    pass


class NotGrantedError(RefusedError):
    pass


class RemoteFaultError(DeviceError):
    code = "invalid_response"


class CertificateError(RemoteFaultError):
    code = "certificate"


class NoDeviceGrantError(RemoteFaultError):
    code = "no_device_grant"


class NoCodeFlowError(RemoteFaultError):
    code = "no_code_flow"


class NoBrowserError(DeviceError):
    code = "no_browser"


class LoopbackError(DeviceError):
    code = "loopback"


class PinNeededError(DeviceError):
    code = "pin_needed"

    def __init__(self) -> None:
        super().__init__(
            "The server wants the digits that the phone shows, and nobody can type them here. Run this on a terminal; "
            "a program writes them as a line to the standard input of `pairgrant login --json`."
        )


class TokenRejectedError(DeviceError):
    code = ErrorCode.INVALID_TOKEN


class NotSignedInError(DeviceError):
    code = "not_signed_in"


class SignInEndedError(NotSignedInError):
    code = "sign_in_ended"


def refusal(error: str, description: str | None, *, client_id: str) -> RefusedError:
    """The error for an OAuth ``error`` (RFC 6749 §5.2, RFC 8628 §3.5) in words for the person at the device."""
    match error:
        case ErrorCode.INVALID_CLIENT:
            return ClientRefusedError(
                f"The server doesn't know the client {visible(client_id)!r}. "
                "Check --client-id, or ask who runs the server to register it.",
                error,
            )
        case ErrorCode.UNAUTHORIZED_CLIENT:
            return ClientRefusedError(
                f"The client {visible(client_id)!r} may not sign in this way at this server. "
                "Ask who runs the server to allow it the device grant, or the authorization code grant for --browser.",
                error,
            )
        case ErrorCode.INVALID_SCOPE:
            text = "The server doesn't grant this scope to the device. Ask for less with --scope."
        case ErrorCode.INVALID_GRANT:
            text = "The server no longer knows this code. Start again for a fresh one."
        case _:
            text = f"The server refused: {visible(error)}. Start again; if it stays, ask who runs the server."
    said = f" It says: {visible(description)}" if description else ""
    return RefusedError(text + said, visible(error))
