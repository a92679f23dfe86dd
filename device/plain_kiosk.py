"""``pairgrant kiosk`` without screens: pair once, then print the board of notices whenever it changes."""

from device.assembly import Device, assembled
from device.errors import SignInEndedError, refusal
from device.events import BoardUnread, NoticesRead, PersonKnown, SignedInEvent
from device.exit_codes import ExitCode
from device.plain import PlainPairing
from device.session import Session
from device.settings import Settings
from device.sign_in import sign_in
from device.signed_in_life import live
from device.terminal import aside, say, wants_colour
from device.wording import DENIED, EXPIRED
from shared.polling import Denied, Expired, Failed
from shared.visible_text import visible


async def plain_kiosk(settings: Settings, *, qr: bool) -> ExitCode:
    """Run until interrupted, or until the sign-in ends: a new one waits for a person (RFC 8628 §3.5).

    Raises:
        DeviceError: no sign-in could be made.
    """
    async with assembled(settings) as device:
        outcome = device.stored_session() or await _pair(device, qr=qr)
        match outcome:
            case Denied():
                aside(DENIED)
                return ExitCode.DENIED
            case Expired():
                aside(f"{EXPIRED} Run the command again for a fresh code.")
                return ExitCode.EXPIRED
            case Failed(error, description):
                raise refusal(error, description, client_id=settings.client_id)
            case Session() as session:
                say("This screen is connected.")
                try:
                    await live(device, session, PlainBoard())
                except SignInEndedError as ended:
                    aside(str(ended))
                    return ExitCode.NOT_SIGNED_IN


async def _pair(device: Device, *, qr: bool) -> Session | Denied | Expired | Failed:
    teller = PlainPairing(say, aside, device.clock, qr=qr, colour=wants_colour())
    try:
        return await sign_in(device, teller)
    finally:
        teller.end()


class PlainBoard:
    """Tells a signed-in life in lines; trouble is said when it begins, not every time it goes on."""

    def __init__(self) -> None:
        self._trouble: str | None = None

    def __call__(self, event: SignedInEvent) -> None:
        match event:
            case PersonKnown(name):
                say(f"Hello, {visible(name)}.")
            case NoticesRead(notices):
                self._trouble = None
                say(f"Notices ({len(notices)}):")
                for notice in notices:
                    say(f"  - {visible(notice.text)}")
            case BoardUnread(reason):
                if reason != self._trouble:
                    aside(reason)
                self._trouble = reason
