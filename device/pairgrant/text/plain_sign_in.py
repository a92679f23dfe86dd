"""One pairing in plain text, and the message if it fails; for ``login`` and ``kiosk``."""

import os
from collections.abc import Callable

from pairgrant.device import Device
from pairgrant.errors import refusal
from pairgrant.events import NumberShown, PairingEvent, PinRequested
from pairgrant.exit_codes import ExitCode
from pairgrant.session.sign_in_session import SignInSession
from pairgrant.sign_in.device_sign_in import device_sign_in, kiosk_sign_in
from pairgrant.sign_in.pairing import Announce
from pairgrant.terminal import may_have_sequences, print_err, print_out, wants_colour
from pairgrant.text.code_actions import CodeActions
from pairgrant.text.plain_events import PlainEvents
from pairgrant.text.terminal_lines import TerminalLines
from pairgrant.text.terminal_sequences import supports_links
from pairgrant.translation import gettext, translated
from pairgrant.ui_texts import DENIED, EXPIRED, WRONG_DIGITS
from pairgrant_protocol.polling import Denied, Expired, Failed
from pairgrant_protocol.vocabulary import DeviceCapability


async def plain_sign_in(
    device: Device, *, qr: bool | None, actions: CodeActions
) -> SignInSession | Denied | Expired | Failed:
    """Run one pairing to its end.

    Raises:
        PairgrantError: the pairing could not begin, or its tokens could not be stored.
    """
    keys = TerminalLines()
    display = plain_display(device, keys, qr=qr)
    try:
        async with keys.heard():
            shows = [DeviceCapability.NUMBER]
            announce = actions.following(display)
            return await device_sign_in(device, announce, keys, shows=shows, retry=keys.retry)
    finally:
        display.end()


async def plain_kiosk_sign_in(
    device: Device, keys: TerminalLines, *, qr: bool | None, bell: Callable[[], None] | None = None
) -> SignInSession | Denied | Expired | Failed:
    """Pair with codes that renew themselves, and that are requested until the server gives one.

    ``bell`` rings when the pairing needs the person at the device, and when it succeeds.

    Raises:
        PairgrantError: waiting won't help.
    """
    display = plain_display(device, keys, qr=qr)
    try:
        announce = display if bell is None else ringing(display, bell)
        outcome = await kiosk_sign_in(device, announce, keys, [DeviceCapability.NUMBER], keys.retry)
        if bell is not None and isinstance(outcome, SignInSession):
            bell()
        return outcome
    finally:
        display.end()


def ringing(announce: Announce, bell: Callable[[], None]) -> Announce:
    """``announce``, with the bell before what the person has to do at the device."""

    def ring_and_announce(event: PairingEvent) -> None:
        if isinstance(event, NumberShown | PinRequested):
            bell()
        announce(event)

    return ring_and_announce


def plain_display(device: Device, keys: TerminalLines, *, qr: bool | None) -> PlainEvents:
    """What writes the events of a pairing as lines, with or without a QR code."""
    return PlainEvents(
        print_out,
        print_err,
        device.clock,
        keys.next_step,
        qr=qr,
        colour=wants_colour(),
        links=may_have_sequences() and supports_links(os.environ),
    )


def report_outcome(outcome: Denied | Expired | Failed, *, client_id: str, goes_on: bool = False) -> ExitCode:
    """Print why the pairing failed, and return the exit code. ``goes_on``: another code comes by itself.

    Raises:
        PairgrantError: it failed for another reason than a denial or expiry.
    """
    match outcome:
        case Denied(wrong_pin):
            print_err(translated(WRONG_DIGITS if wrong_pin else DENIED))
            return ExitCode.DENIED
        case Expired():
            again = "" if goes_on else " " + gettext("Run the command again for a new code.")
            print_err(translated(EXPIRED) + again)
            return ExitCode.EXPIRED
        case Failed(error, description):
            raise refusal(error, description, client_id=client_id)
