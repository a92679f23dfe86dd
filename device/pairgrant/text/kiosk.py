"""``pairgrant kiosk`` without screens: pair once, then print the board of notices whenever it changes."""

from pairgrant.device import assembled
from pairgrant.errors import SignInEndedError
from pairgrant.events import BoardUnread, NoticesRead, PersonKnown, SignedInEvent
from pairgrant.exit_codes import ExitCode
from pairgrant.session.sign_in_session import Session
from pairgrant.settings import Settings
from pairgrant.sign_in.while_signed_in import live
from pairgrant.terminal import aside, say
from pairgrant.text.plain_sign_in import pair_plainly, say_why_not
from pairgrant_protocol.visible_text import visible


async def plain_kiosk(settings: Settings, *, qr: bool) -> ExitCode:
    """Run until interrupted, or until the sign-in ends: a new one waits for a person (RFC 8628 §3.5).

    Raises:
        DeviceError: no sign-in could be made.
    """
    async with assembled(settings) as device:
        outcome = device.stored_session() or await pair_plainly(device, qr=qr)
        if not isinstance(outcome, Session):
            return say_why_not(outcome, client_id=settings.client_id)
        say("This screen is connected.")
        try:
            await live(device, outcome, PlainBoard())
        except SignInEndedError as ended:
            aside(str(ended))
            return ExitCode.NOT_SIGNED_IN


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
