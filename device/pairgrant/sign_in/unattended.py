"""When a kiosk that runs by itself (``--auto``) shows the next code; pure."""

from pairgrant.errors import NotSignedInError, PairgrantError
from pairgrant_protocol.polling import Denied, Expired, Failed

AFTER_DECISION = 10.0
"""Seconds for which a denial, a sign-out or an ended connection stays on the screen."""

AFTER_FAILURE = 60.0
"""Seconds after a failure that time may cure: a client that has to be registered, a full disk."""

REST = 600.0
"""Seconds without a code after several in a row that no person opened."""

End = Denied | Expired | Failed | PairgrantError | None
"""What ended a pairing or a sign-in; None if a person signed out or cancelled at the device."""


def pause_after(end: End) -> float:
    """Seconds from ``end`` to the next code."""
    match end:
        case None | Denied() | NotSignedInError():
            return AFTER_DECISION
        case Expired():
            return REST
        case _:
            return AFTER_FAILURE
