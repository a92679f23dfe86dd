"""One pairing told in plain lines, and what is said when it brought no sign-in; for ``login`` and ``kiosk`` alike."""

from pairgrant.device import Device
from pairgrant.errors import refusal
from pairgrant.exit_codes import ExitCode
from pairgrant.session.sign_in_session import SignInSession
from pairgrant.sign_in.device_sign_in import sign_in
from pairgrant.sign_in.pin_entry import TypedLines
from pairgrant.terminal import print_err, print_out, wants_colour
from pairgrant.text.plain_events import PlainEvents
from pairgrant.ui_texts import DENIED, EXPIRED, WRONG_DIGITS
from pairgrant_protocol.polling import Denied, Expired, Failed


async def plain_sign_in(device: Device, *, qr: bool) -> SignInSession | Denied | Expired | Failed:
    """Carry one pairing to its end.

    Raises:
        PairgrantError: it could not begin, or its tokens could not be kept.
    """
    teller = PlainEvents(print_out, print_err, device.clock, qr=qr, colour=wants_colour())
    try:
        return await sign_in(
            device, teller, TypedLines(lambda: print_out("Three digits are wanted, nothing else."))
        )
    finally:
        teller.end()


def report_outcome(outcome: Denied | Expired | Failed, *, client_id: str) -> ExitCode:
    """Tell the person how it ended.

    Raises:
        PairgrantError: with neither a yes nor a no.
    """
    match outcome:
        case Denied(wrong_pin):
            print_err(WRONG_DIGITS if wrong_pin else DENIED)
            return ExitCode.DENIED
        case Expired():
            print_err(f"{EXPIRED} Run the command again for a fresh code.")
            return ExitCode.EXPIRED
        case Failed(error, description):
            raise refusal(error, description, client_id=client_id)
