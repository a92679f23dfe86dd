"""The message for every way in which a pairing or a session ends without a sign-in; pure."""

from dataclasses import dataclass

from pairgrant.errors import (
    CertificateError,
    ClientRefusedError,
    NoDeviceGrantError,
    PairgrantError,
    ServerBusyError,
    SignInEndedError,
    TokenStoreError,
    UnreachableError,
    refusal,
)
from pairgrant.exit_codes import ExitCode
from pairgrant.translation import Translatable
from pairgrant.ui_texts import DENIED, EXPIRED, WRONG_DIGITS
from pairgrant_protocol.polling import Denied, Expired, Failed
from pairgrant_protocol.sign_in_end import SignInEnd


@dataclass(frozen=True, slots=True)
class EndMessage:
    """The text of a message screen; ``tone`` is error or warning, ``next_step`` says what Enter does."""

    sign: str
    headline: str
    why: str
    next_step: str
    tone: str = "warning"
    exit_code: ExitCode = ExitCode.ERROR
    """The exit code of ``pairgrant login`` if the person doesn't try again."""
    end: SignInEnd | None = None
    """Who or what ended the sign-in, if the server says so; shown instead of ``why``."""


_AGAIN = Translatable("Press Enter to try again")
_NEW_CODE = Translatable("Press Enter for a new code")


def end_message_of_pairing(outcome: Denied | Expired | Failed, *, client_id: str) -> EndMessage:
    """The message after a pairing that the server ended."""
    match outcome:
        case Denied(wrong_pin=True):
            return EndMessage(
                "✕",
                Translatable("Wrong digits"),
                WRONG_DIGITS,
                _NEW_CODE,
                tone="error",
                exit_code=ExitCode.DENIED,
            )
        case Denied():
            return EndMessage(
                "✕", Translatable("Denied"), DENIED, _NEW_CODE, tone="error", exit_code=ExitCode.DENIED
            )
        case Expired():
            return EndMessage(
                "○", Translatable("The code expired"), EXPIRED, _NEW_CODE, exit_code=ExitCode.EXPIRED
            )
        case Failed(error, description):
            return end_message_of_error(refusal(error, description, client_id=client_id))


def end_message_of_error(error: PairgrantError) -> EndMessage:
    """The message after a failed pairing, or an ended session."""
    text = error.text
    match error:
        case SignInEndedError():
            return EndMessage(
                "○",
                Translatable("No longer connected"),
                text,
                Translatable("Press Enter to connect this screen again"),
                end=error.end,
            )
        case UnreachableError():
            return EndMessage("!", Translatable("The server can't be reached"), text, _AGAIN)
        case ServerBusyError():
            return EndMessage("!", Translatable("The server is busy"), text, _AGAIN)
        case CertificateError():
            return EndMessage(
                "✕", Translatable("The server's certificate is not valid"), text, _AGAIN, tone="error"
            )
        case ClientRefusedError():
            return EndMessage("✕", Translatable("This device is not registered"), text, _AGAIN, tone="error")
        case NoDeviceGrantError():
            return EndMessage(
                "✕", Translatable("This server has no device sign-in"), text, _AGAIN, tone="error"
            )
        case TokenStoreError():
            return EndMessage("✕", Translatable("The sign-in can't be stored"), text, _AGAIN, tone="error")
        case _:
            return EndMessage("✕", Translatable("Sign-in failed"), text, _AGAIN, tone="error")


def signed_out(error: PairgrantError | None) -> str:
    """The note after a sign-out; ``error`` says why the tokens could not be revoked."""
    if error is None:
        return Translatable("Signed out. The tokens are revoked.")
    return Translatable(
        "Signed out here, but not at the server: {error} "
        "The sign-in may still be valid at the server: end it there under connected devices.",
        error=error.text,
    )
