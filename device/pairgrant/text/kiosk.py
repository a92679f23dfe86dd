"""``pairgrant kiosk`` without screens: pair, then print the notices whenever they change."""

from functools import partial

from pairgrant.device import Device, open_device
from pairgrant.errors import PairgrantError, SignInEndedError
from pairgrant.exit_codes import ExitCode
from pairgrant.kiosk_options import KioskOptions
from pairgrant.quiet_hours import QuietHours
from pairgrant.session.sign_in_session import SignInSession
from pairgrant.settings import DeviceSettings
from pairgrant.sign_in.unattended import pause_after
from pairgrant.sign_in.while_signed_in import run_while_signed_in
from pairgrant.terminal import print_err, print_out, ring
from pairgrant.text.plain_notices import PlainNotices
from pairgrant.text.plain_sign_in import plain_kiosk_sign_in, report_outcome
from pairgrant.text.terminal_lines import TerminalLines
from pairgrant.translation import gettext, translated
from pairgrant.ui_texts import about, ended_text
from pairgrant_protocol.polling import Denied, Expired, Failed


async def plain_kiosk(settings: DeviceSettings, options: KioskOptions, *, qr: bool | None) -> ExitCode:
    """Run until interrupted; without ``options.auto`` also until a pairing fails or the sign-in ends.

    Raises:
        PairgrantError: without ``options.auto``: the sign-in failed.
    """
    keys = TerminalLines()
    async with open_device(settings) as device, device.beating(), keys.heard():
        while True:
            if options.auto and options.quiet_hours and not _is_signed_in(device):
                await _quiet_hours_end(device, keys, options.quiet_hours)
            end, code = await _run_once(device, keys, options, qr=qr)
            if not options.auto:
                return code
            pause = pause_after(end)
            soon = gettext("The next code comes in {time}.", time=about(pause))
            print_err(f"{soon}{keys.next_step.code_now()}")
            await keys.retry.wait(device.clock, partial(float, device.clock.now() + pause))


def _is_signed_in(device: Device) -> bool:
    try:
        return device.stored_session() is not None
    except PairgrantError:  # said when it is needed
        return True


async def _quiet_hours_end(device: Device, keys: TerminalLines, hours: QuietHours) -> None:
    """Wait while no code is shown by itself, unless a person asks for one."""
    clock = device.clock
    if hours.contains(clock.wall()):
        print_err(gettext("Quiet hours until {time}.", time=hours.end) + keys.next_step.code_now())
        await keys.retry.wait(clock, lambda: clock.now() + hours.contains(clock.wall()))


async def _run_once(
    device: Device, keys: TerminalLines, options: KioskOptions, *, qr: bool | None
) -> tuple[Denied | Expired | Failed | PairgrantError, ExitCode]:
    """Pair unless there is a sign-in, and run it to its end; returns what ended it, and its exit code."""
    try:
        bell = ring if options.bell else None
        outcome = device.stored_session() or await plain_kiosk_sign_in(device, keys, qr=qr, bell=bell)
        if not isinstance(outcome, SignInSession):
            code = report_outcome(outcome, client_id=device.settings.client_id, goes_on=options.auto)
            return outcome, code
        print_out(gettext("This screen is connected."))
        notices = PlainNotices(device.clock, keys.next_step)
        await run_while_signed_in(device, outcome, notices, keys.retry)
    except SignInEndedError as ended:
        wall = device.clock.wall()
        print_err(translated(ended.text) if ended.end is None else ended_text(ended.end, wall))
        return ended, ExitCode.NOT_SIGNED_IN
    except PairgrantError as error:
        if not options.auto:
            raise
        print_err(translated(error.text))
        return error, ExitCode.ERROR
