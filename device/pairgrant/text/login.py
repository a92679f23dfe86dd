"""``pairgrant login`` without screens: as plain lines, and as JSON lines."""

from collections.abc import Callable

from pairgrant.device import Device, assembled
from pairgrant.errors import DeviceError, refusal
from pairgrant.events import BrowserAsked, PairingEvent, Warned
from pairgrant.exit_codes import ExitCode
from pairgrant.session.sign_in_session import Session
from pairgrant.settings import Settings
from pairgrant.sign_in.browser_sign_in import browser_sign_in
from pairgrant.sign_in.device_sign_in import sign_in
from pairgrant.sign_in.local_browser import open_browser, require_browser
from pairgrant.sign_in.pin_entry import TypedLines
from pairgrant.terminal import aside, say
from pairgrant.text.json_events import JsonPairing
from pairgrant.text.plain_sign_in import pair_plainly, say_why_not
from pairgrant.ui_texts import DENIED_IN_BROWSER, NOBODY_CAME_BACK, about
from pairgrant_protocol.polling import Denied, Expired, Failed
from pairgrant_protocol.visible_text import visible


async def plain_login(settings: Settings, *, qr: bool) -> ExitCode:
    """Pair, telling it in plain text.

    Raises:
        DeviceError: it ended with neither a yes nor a no.
    """
    async with assembled(settings) as device:
        outcome = await pair_plainly(device, qr=qr)
        if not isinstance(outcome, Session):
            return say_why_not(outcome, client_id=settings.client_id)
        return _signed_in(device)


async def plain_browser_login(settings: Settings) -> ExitCode:
    """Sign in by a browser on this machine, telling it in plain text.

    Raises:
        DeviceError: it ended with neither a yes nor a no.
    """
    require_browser()
    async with assembled(settings) as device:
        outcome = await browser_sign_in(device, _tell_of_browser, open_browser)
        match outcome:
            case Session():
                return _signed_in(device)
            case Denied():
                aside(DENIED_IN_BROWSER)
                return ExitCode.DENIED
            case Expired():
                aside(NOBODY_CAME_BACK)
                return ExitCode.EXPIRED


def _tell_of_browser(event: PairingEvent) -> None:
    match event:
        case BrowserAsked(uri, expires_in):
            say("Your browser opens to sign you in. If it doesn't, open this address on this machine:")
            say(f"  {visible(uri, limit=4096)}")
            say(f"Waiting for {about(expires_in)} …")
        case Warned(text):
            aside(f"Note: {visible(text)}")


def _signed_in(device: Device) -> ExitCode:
    say("Signed in.")
    aside(f"The tokens are kept in {device.store.location}, readable by you alone.")
    return ExitCode.DONE


async def json_login(checked: Callable[[], Settings], *, by_browser: bool = False) -> ExitCode:
    """Sign in, telling it in JSON lines; everything that goes wrong is a line too, settings that can't be used among it."""
    teller = JsonPairing(say)
    try:
        settings = checked()
        async with assembled(settings) as device:
            match await _json_sign_in(device, teller, by_browser=by_browser):
                case Session() as session:
                    teller.line(
                        "authorized",
                        scope=" ".join(session.scope),
                        expires_in=session.expires_in,
                        token_file=device.store.location,
                    )
                    return ExitCode.DONE
                case Denied(wrong_pin):
                    teller.line("denied", reason="return_pin" if wrong_pin else None)
                    return ExitCode.DENIED
                case Expired():
                    teller.line("expired")
                    return ExitCode.EXPIRED
                case Failed(error, description):
                    raise refusal(error, description, client_id=settings.client_id)
    except DeviceError as error:
        teller.line("error", error=error.code, message=str(error))
        return ExitCode.ERROR


async def _json_sign_in(
    device: Device, teller: JsonPairing, *, by_browser: bool
) -> Session | Denied | Expired | Failed:
    if not by_browser:
        return await sign_in(device, teller, TypedLines(teller.not_digits))
    require_browser()
    return await browser_sign_in(device, teller, open_browser)
