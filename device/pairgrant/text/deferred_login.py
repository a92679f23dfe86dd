"""``pairgrant login --no-wait`` and ``pairgrant wait``, in plain text and as JSON lines."""

from pairgrant.device import open_device
from pairgrant.exit_codes import ExitCode
from pairgrant.session.sign_in_session import SignInSession
from pairgrant.settings import DeviceSettings
from pairgrant.sign_in.deferred_sign_in import Limit, Undecided, begin_deferred, resume
from pairgrant.sign_in.pin_entry import TypedLines
from pairgrant.sign_in.retry_now import RetryNow
from pairgrant.terminal import print_err, print_out, print_result
from pairgrant.text.code_actions import NO_ACTIONS, CodeActions
from pairgrant.text.json_events import JsonEvents
from pairgrant.text.login import report_as_json, report_signed_in
from pairgrant.text.plain_sign_in import plain_display, report_outcome
from pairgrant.text.terminal_lines import TerminalLines
from pairgrant.translation import gettext
from pairgrant_protocol.polling import Denied, Expired, Failed


async def begin_plain(
    settings: DeviceSettings, *, qr: bool | None, actions: CodeActions = NO_ACTIONS
) -> ExitCode:
    """Show a code and how to go on, and return.

    Raises:
        PairgrantError: there is no code.
    """
    async with open_device(settings) as device:
        display = plain_display(device, TerminalLines(), qr=qr)
        try:
            begun = await begin_deferred(device, display)
            actions.following(display)(begun.code)
        finally:
            display.end()
        print_out(gettext("To complete the sign-in, run:"))
        print_result(f"  pairgrant wait {begun.handle}")
    return ExitCode.DONE


async def begin_json(settings: DeviceSettings, *, actions: CodeActions = NO_ACTIONS) -> ExitCode:
    """Print the event ``code`` with the handle, and return.

    Raises:
        PairgrantError: there is no code.
    """
    async with open_device(settings) as device:
        display = JsonEvents(print_result)
        begun = await begin_deferred(device, display)
        display.code(begun.code, handle=begun.handle)
        actions.act(begun.code, display)
    return ExitCode.DONE


async def wait_plain(settings: DeviceSettings, handle: str, limit: Limit) -> ExitCode:
    """Go on with a pairing, with messages in plain text.

    Raises:
        PairgrantError: the pairing failed for another reason than a denial or expiry.
    """
    async with open_device(settings) as device:
        keys = TerminalLines()
        display = plain_display(device, keys, qr=False)
        try:
            async with keys.heard():
                outcome = await resume(device, handle, display, keys, limit=limit, retry=keys.retry)
        finally:
            display.end()
        match outcome:
            case SignInSession() as session:
                return await report_signed_in(device, session)
            case Undecided():
                print_err(gettext("The request has not been approved or denied yet."))
                return ExitCode.UNDECIDED
            case Denied() | Expired() | Failed():
                return report_outcome(outcome, client_id=settings.client_id)


async def wait_json(settings: DeviceSettings, handle: str, limit: Limit) -> ExitCode:
    """Go on with a pairing, with JSON lines as output.

    Raises:
        PairgrantError: the pairing failed for another reason than a denial or expiry.
    """
    display = JsonEvents(print_out)
    async with open_device(settings) as device:
        outcome = await resume(
            device, handle, display, TypedLines(display.not_digits), limit=limit, retry=RetryNow()
        )
        if isinstance(outcome, Undecided):
            display.end("undecided")
            return ExitCode.UNDECIDED
        return await report_as_json(device, display, outcome)
