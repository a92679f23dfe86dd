"""``pairgrant login --browser``: sign in with this machine's own browser, because no second device is needed here."""

import asyncio
import secrets
import webbrowser
from collections.abc import Callable

from device.assembly import Device, assembled
from device.authorization_code import BrowserRequest
from device.errors import DeviceError, RemoteFaultError, UnreachableError
from device.exit_codes import ExitCode
from device.json_lines import JsonPairing
from device.loopback import loopback
from device.session import Session
from device.settings import Settings
from device.sign_in import keep, plain_http_warning
from device.terminal import aside, say
from shared.visible_text import visible
from shared.vocabulary import ErrorCode

PATIENCE = 600.0
"""Seconds for the person; as long as a server keeps the question."""

ShowPage = Callable[[str], object]


async def browser_login(settings: Settings) -> ExitCode:
    """Sign in, telling it in plain text.

    Raises:
        DeviceError: it ended without tokens.
    """
    if warning := plain_http_warning(settings.issuer):
        aside(f"Warning: {visible(warning)}")

    def show(url: str) -> None:
        aside(f"Your browser opens this page; if it doesn't, open it yourself:\n{url}")
        _open(url)

    async with assembled(settings) as device:
        try:
            await sign_in_by_browser(device, show)
        except DeviceError as error:
            if error.code != ErrorCode.ACCESS_DENIED:
                raise
            aside("Denied in the browser. Nothing was connected.")
            return ExitCode.DENIED
        say("Signed in.")
        aside(f"The tokens are kept in {device.store.location}, readable by you alone.")
        return ExitCode.DONE


async def json_browser_login(checked: Callable[[], Settings]) -> ExitCode:
    """The same in JSON lines; everything that goes wrong is a line too."""
    teller = JsonPairing(say)

    def show(url: str) -> None:
        teller.line("browser", authorization_uri=url)
        _open(url)

    try:
        async with assembled(checked()) as device:
            session = await sign_in_by_browser(device, show)
            scope = " ".join(session.scope)
            teller.line(
                "authorized", scope=scope, expires_in=session.expires_in, token_file=device.store.location
            )
            return ExitCode.DONE
    except DeviceError as error:
        if error.code == ErrorCode.ACCESS_DENIED:
            teller.line("denied")
            return ExitCode.DENIED
        teller.line("error", error=error.code, message=str(error))
        return ExitCode.ERROR


async def sign_in_by_browser(
    device: Device,
    show: ShowPage,
    *,
    random_bytes: Callable[[int], bytes] = secrets.token_bytes,
    patience: float = PATIENCE,
) -> Session:
    """The authorization code flow to its end, its tokens kept as those of a pairing are.

    Raises:
        DeviceError: there are no tokens; the text says why.
    """
    metadata = await device.server.metadata()
    if metadata.authorization_endpoint is None:
        raise RemoteFaultError(
            "This server signs nobody in by browser. Run `pairgrant login` without --browser."
        )
    settings = device.settings
    try:
        async with loopback() as back:
            request = BrowserRequest.new(settings.client_id, back.redirect_uri, settings.scope, random_bytes)
            show(request.url(metadata.authorization_endpoint))
            async with asyncio.timeout(patience):
                query = await back.answer
    except TimeoutError:
        raise UnreachableError("Nobody came back from the browser. Start again.") from None
    except OSError:
        raise UnreachableError("No port is free for the browser to come back to. Try again.") from None
    code = request.code_in(query, issuer=settings.issuer, names_issuer=metadata.names_issuer)
    return await keep(device, await device.server.redeem_code(code, request.verifier, request.redirect_uri))


def _open(url: str) -> None:
    """In the background: some browsers keep the call until they are closed."""
    asyncio.get_running_loop().run_in_executor(None, webbrowser.open, url)
