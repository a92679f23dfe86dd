"""The words for every way in which a pairing or a session ends without a sign-in; pure."""

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
from pairgrant.ui_texts import DENIED, EXPIRED, WRONG_DIGITS
from pairgrant_protocol.polling import Denied, Expired, Failed


@dataclass(frozen=True, slots=True)
class EndMessage:
    """What a screen says of an ending; ``tone`` is ``error`` or ``warning``, ``next_step`` says what Enter does."""

    sign: str
    headline: str
    why: str
    next_step: str
    tone: str = "warning"
    exit_code: ExitCode = ExitCode.ERROR
    """What ``pairgrant login`` ends with when the person leaves it at that."""


_AGAIN = "Press Enter to try again"
_FRESH = "Press Enter for a fresh code"


def pairing_end_message(outcome: Denied | Expired | Failed, *, client_id: str) -> EndMessage:
    """A pairing that the server ended."""
    match outcome:
        case Denied(wrong_pin=True):
            return EndMessage(
                "✕", "Wrong digits", WRONG_DIGITS, _FRESH, tone="error", exit_code=ExitCode.DENIED
            )
        case Denied():
            return EndMessage("✕", "Denied", DENIED, _FRESH, tone="error", exit_code=ExitCode.DENIED)
        case Expired():
            return EndMessage("○", "The code ran out", EXPIRED, _FRESH, exit_code=ExitCode.EXPIRED)
        case Failed(error, description):
            return error_end_message(refusal(error, description, client_id=client_id))


def error_end_message(error: PairgrantError) -> EndMessage:
    """A pairing that could not be made, or a session that is over."""
    text = str(error)
    match error:
        case SignInEndedError():
            return EndMessage("○", "No longer connected", text, "Press Enter to connect this screen again")
        case UnreachableError():
            return EndMessage("!", "The server can't be reached", text, _AGAIN)
        case ServerBusyError():
            return EndMessage("!", "The server is busy", text, _AGAIN)
        case CertificateError():
            return EndMessage("✕", "The server can't prove who it is", text, _AGAIN, tone="error")
        case ClientRefusedError():
            return EndMessage("✕", "This device is not registered", text, _AGAIN, tone="error")
        case NoDeviceGrantError():
            return EndMessage("✕", "This server signs in no devices", text, _AGAIN, tone="error")
        case TokenStoreError():
            return EndMessage("✕", "The sign-in can't be kept", text, _AGAIN, tone="error")
        case _:
            return EndMessage("✕", "That didn't work", text, _AGAIN, tone="error")


def signed_out(error: PairgrantError | None) -> str:
    """The note after a sign-out; ``error`` says why the server doesn't know of it."""
    if error is None:
        return "Signed out. The tokens are revoked."
    return (
        f"Signed out here, but the server couldn't be told: {error} "
        "Until it knows, the sign-in may still be good there: end it under its connected devices."
    )
