"""``pairgrant kiosk`` without screens: pair once, then print the notices whenever they change."""

from pairgrant.device import open_device
from pairgrant.errors import SignInEndedError
from pairgrant.exit_codes import ExitCode
from pairgrant.session.sign_in_session import SignInSession
from pairgrant.settings import DeviceSettings
from pairgrant.sign_in.while_signed_in import run_while_signed_in
from pairgrant.terminal import print_err, print_out
from pairgrant.text.plain_notices import PlainNotices
from pairgrant.text.plain_sign_in import plain_sign_in, report_outcome


async def plain_kiosk(settings: DeviceSettings, *, qr: bool) -> ExitCode:
    """Run until interrupted, or until the sign-in ends; a new one is started only by a person (RFC 8628
    §3.5).

    Raises:
        PairgrantError: the sign-in failed.
    """
    async with open_device(settings) as device:
        outcome = device.stored_session() or await plain_sign_in(device, qr=qr)
        if not isinstance(outcome, SignInSession):
            return report_outcome(outcome, client_id=settings.client_id)
        print_out("This screen is connected.")
        try:
            await run_while_signed_in(device, outcome, PlainNotices())
        except SignInEndedError as ended:
            print_err(str(ended))
            return ExitCode.NOT_SIGNED_IN
