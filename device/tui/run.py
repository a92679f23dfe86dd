"""The full-screen modes from start to end: parts put together, the app run, and nothing left half done."""

import asyncio
import signal

from device.assembly import assembled
from device.exit_codes import ExitCode
from device.settings import Settings
from device.terminal import aside
from device.tui.app import PairgrantApp, Purpose


def run_kiosk(settings: Settings, *, theme: str) -> ExitCode:
    """Show the kiosk until someone leaves it."""
    return asyncio.run(_run(settings, Purpose.KIOSK, theme))


def run_login(settings: Settings) -> ExitCode:
    """Show one pairing, and leave when it is approved."""
    return asyncio.run(_run(settings, Purpose.LOGIN, "dark"))


async def _run(settings: Settings, purpose: Purpose, theme: str) -> ExitCode:
    async with assembled(settings) as device:
        app = PairgrantApp(device, purpose, theme=theme)
        loop = asyncio.get_running_loop()
        for ending in (signal.SIGTERM, signal.SIGHUP):
            loop.add_signal_handler(ending, app.action_interrupt)
        code = await app.run_async()
        await app.settle()
        if purpose is Purpose.LOGIN and code is ExitCode.DONE:
            aside(f"Signed in. The tokens are kept in {device.store.location}, readable by you alone.")
        return ExitCode.ERROR if code is None else code
