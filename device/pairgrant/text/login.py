"""``pairgrant login`` without screens: in plain text, and as JSON lines."""

from pairgrant.device import Device, open_device
from pairgrant.errors import BrowserSignInRefusedError, PairgrantError, refusal
from pairgrant.events import BrowserOpened, PairingEvent, WarningIssued
from pairgrant.exit_codes import ExitCode
from pairgrant.session.sign_in_session import SignInSession
from pairgrant.settings import DeviceSettings
from pairgrant.sign_in.browser_sign_in import browser_sign_in, offers_browser_sign_in
from pairgrant.sign_in.device_sign_in import device_sign_in
from pairgrant.sign_in.local_browser import open_browser, require_browser
from pairgrant.sign_in.pin_entry import TypedLines
from pairgrant.sign_in.user_name import user_name
from pairgrant.terminal import print_err, print_out
from pairgrant.text.code_actions import NO_ACTIONS, CodeActions
from pairgrant.text.json_events import JsonEvents
from pairgrant.text.plain_sign_in import plain_sign_in, report_outcome
from pairgrant.translation import gettext, translated
from pairgrant.ui_texts import BROWSER_TIMED_OUT, DENIED_IN_BROWSER, about, greeting, stored_where
from pairgrant_protocol.polling import Denied, Expired, Failed
from pairgrant_protocol.visible_text import visible
from pairgrant_protocol.vocabulary import DeviceCapability


async def plain_login(
    settings: DeviceSettings, *, qr: bool | None, actions: CodeActions = NO_ACTIONS
) -> ExitCode:
    """Pair, with messages in plain text.

    Raises:
        PairgrantError: the pairing failed for another reason than a denial or expiry.
    """
    async with open_device(settings) as device:
        outcome = await plain_sign_in(device, qr=qr, actions=actions)
        if not isinstance(outcome, SignInSession):
            return report_outcome(outcome, client_id=settings.client_id)
        return await report_signed_in(device, outcome)


async def plain_browser_login(settings: DeviceSettings) -> ExitCode:
    """Sign in with a browser on this machine, with messages in plain text.

    Raises:
        PairgrantError: the sign-in failed for another reason than a denial or expiry.
    """
    require_browser()
    async with open_device(settings) as device:
        return await _by_browser(device)


async def plain_browser_login_if_offered(settings: DeviceSettings) -> ExitCode | None:
    """As ``plain_browser_login``; None if the server doesn't offer that to this client.

    Raises:
        PairgrantError: the sign-in failed for another reason than a denial or expiry.
    """
    async with open_device(settings) as device:
        if not await offers_browser_sign_in(device):
            return None
        try:
            return await _by_browser(device)
        except BrowserSignInRefusedError:
            print_err(
                gettext("This client may not sign in with a browser at this server, so use your phone.")
            )
            return None


async def _by_browser(device: Device) -> ExitCode:
    outcome = await browser_sign_in(device, _show_browser_event, open_browser)
    match outcome:
        case SignInSession() as session:
            return await report_signed_in(device, session)
        case Denied():
            print_err(translated(DENIED_IN_BROWSER))
            return ExitCode.DENIED
        case Expired():
            print_err(translated(BROWSER_TIMED_OUT))
            return ExitCode.EXPIRED


def _show_browser_event(event: PairingEvent) -> None:
    match event:
        case BrowserOpened(uri, expires_in):
            print_out(
                gettext(
                    "Your browser opens to sign you in. If it doesn't, open this address on this machine:"
                )
            )
            print_out(f"  {visible(uri, limit=4096)}")
            print_out(gettext("Waiting for {time} …", time=about(expires_in)))
            print_out(gettext("To use your phone instead: Ctrl+C, then pairgrant login --device-code"))
        case WarningIssued(text):
            print_err(gettext("Note: {text}", text=visible(translated(text))))


async def report_signed_in(device: Device, session: SignInSession) -> ExitCode:
    """Greet the user, and say where the tokens are."""
    if name := await user_name(device, session):
        print_out(greeting(visible(name)))
    print_out(gettext("Signed in."))
    print_err(stored_where(device.store.location, in_keyring=device.store.is_in_keyring()))
    return ExitCode.DONE


async def json_login(
    settings: DeviceSettings, *, by_browser: bool = False, actions: CodeActions = NO_ACTIONS
) -> ExitCode:
    """Sign in, with JSON lines as output; every error is a line too."""
    display = JsonEvents(print_out)
    try:
        async with open_device(settings) as device:
            outcome = await _json_sign_in(device, display, by_browser=by_browser, actions=actions)
            return await report_as_json(device, display, outcome)
    except PairgrantError as error:
        display.end("error", error=error.code, message=str(error))
        return error.exit_code


async def report_as_json(
    device: Device, display: JsonEvents, outcome: SignInSession | Denied | Expired | Failed
) -> ExitCode:
    """Write the event that ends a sign-in.

    Raises:
        RefusedByServerError: it failed for another reason than a denial or expiry.
    """
    match outcome:
        case SignInSession() as session:
            display.end(
                "authorized",
                scope=" ".join(session.scope),
                expires_in=session.expires_in,
                token_file=device.store.location,
                name=await user_name(device, session),
            )
            return ExitCode.DONE
        case Denied(wrong_pin):
            display.end("denied", reason="return_pin" if wrong_pin else None)
            return ExitCode.DENIED
        case Expired():
            display.end("expired")
            return ExitCode.EXPIRED
        case Failed(error, description):
            raise refusal(error, description, client_id=device.settings.client_id)


async def _json_sign_in(
    device: Device, display: JsonEvents, *, by_browser: bool, actions: CodeActions
) -> SignInSession | Denied | Expired | Failed:
    if not by_browser:
        entry = TypedLines(display.not_digits)
        announce = actions.following(display)
        return await device_sign_in(device, announce, entry, shows=[DeviceCapability.NUMBER])
    require_browser()
    return await browser_sign_in(device, display, open_browser)
