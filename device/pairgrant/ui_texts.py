"""Texts for the person at the device, the same on every screen and in plain text."""

import math
import time

from pairgrant_protocol.vocabulary import PairingStage

STAGES = {
    PairingStage.WAITING: "Waiting for you",
    PairingStage.OPENED: "Phone connected",
    PairingStage.SIGNING_IN: "Signing in",
    PairingStage.CONFIRMING: "Confirming",
    PairingStage.MATCHING_NUMBER: "Confirming",
    PairingStage.ENTERING_PIN: "Approved",
    PairingStage.FINISHING: "Finishing: your phone can still undo this",
}

COMPARE = "Go on with your phone. It must show this code:"
SIGN_IN_FOLLOWS = "When your phone asks you to sign in, this screen says how."
TYPE_NUMBER = "Type this number on your phone"

NO_BOARD = "This server has no notice board."
NO_NOTICES = "No notices yet. Notices that you post from your phone appear here."

DENIED = "The request was denied on the phone. Nothing was connected."
WRONG_DIGITS = "Too many wrong attempts. Nothing was connected."
DENIED_IN_BROWSER = "The request was denied in the browser. Nothing was signed in."
BROWSER_TIMED_OUT = (
    "The sign-in in the browser was not completed in time. Run the command again. "
    "If the page in the browser reports a problem with the application, "
    "use --device-code, "
    "or ask the server's operator to register http://127.0.0.1/callback for this client."
)
EXPIRED = "The code expired before it was approved. Nothing was connected."


def greeting(name: str) -> str:
    """What a device says once it is signed in; the phone may ask the person whether it did."""
    return f"Hello, {name}."


def wrong_digits(tries_left: int) -> str:
    """The message after a wrong attempt."""
    return f"Wrong digits. {tries_left} {'try' if tries_left == 1 else 'tries'} left."


def no_response(wait: str, since: float | None, *, width: int) -> str:
    """The status after a failed poll, in the words that fit a screen of ``width`` columns.

    ``since`` is Unix time.
    """
    if width < 72 or since is None:
        return f"No response; retry in {wait}"
    begun = time.strftime("%H:%M", time.localtime(since))
    return f"No response since {begun}. Next try in {wait}; Enter: now"


def minutes_and_seconds(seconds: float) -> str:
    """A countdown such as ``9:41``; never negative, and 0:00 only at the end."""
    whole = max(math.ceil(seconds), 0)
    hours, rest = divmod(whole, 3600)
    minutes, left = divmod(rest, 60)
    return f"{hours}:{minutes:02}:{left:02}" if hours else f"{minutes}:{left:02}"


def about(seconds: float) -> str:
    """A duration in words: ``10 minutes``, ``45 seconds``."""
    whole = max(math.ceil(seconds), 0)
    number, unit = (round(whole / 60), "minute") if whole >= 60 else (whole, "second")
    return f"{number} {unit}" if number == 1 else f"{number} {unit}s"


def address_to_type(uri: str) -> str:
    """``uri`` without what browsers add themselves: https and a trailing slash."""
    return uri.removeprefix("https://").removesuffix("/")
