"""``pairgrant login`` without screens: as plain lines, and as JSON lines."""

from collections.abc import Callable

from device.assembly import assembled
from device.errors import DeviceError, refusal
from device.exit_codes import ExitCode
from device.json_lines import JsonPairing
from device.plain import PlainPairing
from device.session import Session
from device.settings import Settings
from device.sign_in import sign_in
from device.terminal import aside, say, wants_colour
from device.wording import DENIED, EXPIRED
from shared.polling import Denied, Expired, Failed


async def plain_login(settings: Settings, *, qr: bool) -> ExitCode:
    """Pair, telling it in plain text.

    Raises:
        DeviceError: it ended with neither a yes nor a no.
    """
    async with assembled(settings) as device:
        teller = PlainPairing(say, aside, device.clock, qr=qr, colour=wants_colour())
        try:
            outcome = await sign_in(device, teller)
        finally:
            teller.end()
        match outcome:
            case Session():
                say("Signed in.")
                aside(f"The tokens are kept in {device.store.location}, readable by you alone.")
                return ExitCode.DONE
            case Denied():
                aside(DENIED)
                return ExitCode.DENIED
            case Expired():
                aside(f"{EXPIRED} Run the command again for a fresh code.")
                return ExitCode.EXPIRED
            case Failed(error, description):
                raise refusal(error, description, client_id=settings.client_id)


async def json_login(checked: Callable[[], Settings]) -> ExitCode:
    """Pair, telling it in JSON lines; everything that goes wrong is a line too, settings that can't be used among it."""
    teller = JsonPairing(say)
    try:
        settings = checked()
        async with assembled(settings) as device:
            outcome = await sign_in(device, teller)
            match outcome:
                case Session():
                    teller.line(
                        "authorized",
                        scope=" ".join(outcome.scope),
                        expires_in=outcome.expires_in,
                        token_file=device.store.location,
                    )
                    return ExitCode.DONE
                case Denied():
                    teller.line("denied")
                    return ExitCode.DENIED
                case Expired():
                    teller.line("expired")
                    return ExitCode.EXPIRED
                case Failed(error, description):
                    raise refusal(error, description, client_id=settings.client_id)
    except DeviceError as error:
        teller.line("error", error=error.code, message=str(error))
        return ExitCode.ERROR
