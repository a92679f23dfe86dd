"""``pairgrant login`` without screens: as plain lines, and as JSON lines."""

from collections.abc import Callable

from device.assembly import assembled
from device.errors import DeviceError, refusal
from device.exit_codes import ExitCode
from device.json_lines import JsonPairing
from device.pin_entry import TypedLines
from device.plain_pairing import pair_plainly, say_why_not
from device.session import Session
from device.settings import Settings
from device.sign_in import sign_in
from device.terminal import aside, say
from shared.polling import Denied, Expired, Failed


async def plain_login(settings: Settings, *, qr: bool) -> ExitCode:
    """Pair, telling it in plain text.

    Raises:
        DeviceError: it ended with neither a yes nor a no.
    """
    async with assembled(settings) as device:
        outcome = await pair_plainly(device, qr=qr)
        if not isinstance(outcome, Session):
            return say_why_not(outcome, client_id=settings.client_id)
        say("Signed in.")
        aside(f"The tokens are kept in {device.store.location}, readable by you alone.")
        return ExitCode.DONE


async def json_login(checked: Callable[[], Settings]) -> ExitCode:
    """Pair, telling it in JSON lines; everything that goes wrong is a line too, settings that can't be used among it."""
    teller = JsonPairing(say)
    try:
        settings = checked()
        async with assembled(settings) as device:
            outcome = await sign_in(device, teller, TypedLines(teller.not_digits))
            match outcome:
                case Session():
                    teller.line(
                        "authorized",
                        scope=" ".join(outcome.scope),
                        expires_in=outcome.expires_in,
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
