"""How the device says things to a person, the same on every screen and in plain text."""

import math

from pairgrant_protocol.vocabulary import PairingStage

STAGES = {
    PairingStage.WAITING: "Waiting for you",
    PairingStage.OPENED: "Phone connected",
    PairingStage.SIGNING_IN: "Signing in",
    PairingStage.CONFIRMING: "Confirming",
    PairingStage.ENTERING_PIN: "Approved",
}

DENIED = "The request was denied on the phone. Nothing was connected."
WRONG_DIGITS = "The digits were wrong too often. Nothing was connected."
DENIED_IN_BROWSER = "The request was denied in the browser. Nothing was signed in."
BROWSER_TIMED_OUT = (
    "Nobody came back from the browser in time. Run the command again. If the page there says that something is wrong "
    "with the application, ask who runs the server to register http://127.0.0.1/callback for it."
)
EXPIRED = "The code ran out before anyone approved it. Nothing was connected."


def wrong_digits(tries_left: int) -> str:
    """What is said of digits that were not the ones on the phone."""
    return f"Those are not the digits. {tries_left} {'try is' if tries_left == 1 else 'tries are'} left."


def minutes_and_seconds(seconds: float) -> str:
    """A countdown's text: ``9:41``; never negative, and 0:00 only when it is over."""
    whole = max(math.ceil(seconds), 0)
    hours, rest = divmod(whole, 3600)
    minutes, left = divmod(rest, 60)
    return f"{hours}:{minutes:02}:{left:02}" if hours else f"{minutes}:{left:02}"


def about(seconds: float) -> str:
    """A length of time in words: ``10 minutes``, ``45 seconds``."""
    whole = max(math.ceil(seconds), 0)
    number, unit = (round(whole / 60), "minute") if whole >= 60 else (whole, "second")
    return f"{number} {unit}" if number == 1 else f"{number} {unit}s"


def address_to_type(uri: str) -> str:
    """``uri`` as short as a browser takes it: https is what browsers try first."""
    return uri.removeprefix("https://").removesuffix("/")
