"""``pairgrant kiosk`` without screens: pair once, then print the board of notices whenever it changes."""

from pairgrant.device import open_device
from pairgrant.errors import SignInEndedError
from pairgrant.events import NoticesReceived, NoticesUnavailable, SignedInEvent, UserIdentified
from pairgrant.exit_codes import ExitCode
from pairgrant.session.sign_in_session import SignInSession
from pairgrant.settings import DeviceSettings
from pairgrant.sign_in.while_signed_in import run_while_signed_in
from pairgrant.terminal import print_err, print_out
from pairgrant.text.plain_sign_in import plain_sign_in, report_outcome
from pairgrant_protocol.visible_text import visible


async def plain_kiosk(settings: DeviceSettings, *, qr: bool) -> ExitCode:
    """Run until interrupted, or until the sign-in ends: a new one waits for a person (RFC 8628 §3.5).

    Raises:
        PairgrantError: no sign-in could be made.
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


class PlainNotices:
    """Tells a signed-in life in lines; trouble is said when it begins, not every time it goes on."""

    def __init__(self) -> None:
        self._trouble: str | None = None

    def __call__(self, event: SignedInEvent) -> None:
        match event:
            case UserIdentified(name):
                print_out(f"Hello, {visible(name)}.")
            case NoticesReceived(notices):
                self._trouble = None
                print_out(f"Notices ({len(notices)}):")
                for notice in notices:
                    print_out(f"  - {visible(notice.text)}")
            case NoticesUnavailable(reason):
                if reason != self._trouble:
                    print_err(reason)
                self._trouble = reason
