"""One pairing told in plain lines, and what is said when it brought no sign-in; for ``login`` and ``kiosk`` alike."""

from pairgrant.device import Device
from pairgrant.errors import refusal
from pairgrant.exit_codes import ExitCode
from pairgrant.session.sign_in_session import Session
from pairgrant.sign_in.device_sign_in import sign_in
from pairgrant.sign_in.pin_entry import TypedLines
from pairgrant.terminal import aside, say, wants_colour
from pairgrant.text.plain_events import PlainPairing
from pairgrant.ui_texts import DENIED, EXPIRED, WRONG_DIGITS
from pairgrant_protocol.polling import Denied, Expired, Failed


async def pair_plainly(device: Device, *, qr: bool) -> Session | Denied | Expired | Failed:
    """Carry one pairing to its end.

    Raises:
        DeviceError: it could not begin, or its tokens could not be kept.
    """
    teller = PlainPairing(say, aside, device.clock, qr=qr, colour=wants_colour())
    try:
        return await sign_in(
            device, teller, TypedLines(lambda: say("Three digits are wanted, nothing else."))
        )
    finally:
        teller.end()


def say_why_not(outcome: Denied | Expired | Failed, *, client_id: str) -> ExitCode:
    """Tell the person how it ended.

    Raises:
        DeviceError: with neither a yes nor a no.
    """
    match outcome:
        case Denied(wrong_pin):
            aside(WRONG_DIGITS if wrong_pin else DENIED)
            return ExitCode.DENIED
        case Expired():
            aside(f"{EXPIRED} Run the command again for a fresh code.")
            return ExitCode.EXPIRED
        case Failed(error, description):
            raise refusal(error, description, client_id=client_id)
