"""The full-screen modes from start to end: parts put together, the app run, and nothing left half done."""

import asyncio
import signal

from pairgrant.device import open_device
from pairgrant.exit_codes import ExitCode
from pairgrant.settings import DeviceSettings
from pairgrant.terminal import print_err
from pairgrant.tui.app import PairgrantApp, Purpose

_GRACE = 5
"""Seconds from a signal to the end, whatever hangs; a refresh under way has that long to be kept."""


def run_kiosk(settings: DeviceSettings, *, theme: str) -> ExitCode:
    """Show the kiosk until someone leaves it."""
    return asyncio.run(_run(settings, Purpose.KIOSK, theme))


def run_login(settings: DeviceSettings, *, theme: str) -> ExitCode:
    """Show one pairing, and leave when it is approved."""
    return asyncio.run(_run(settings, Purpose.LOGIN, theme))


async def _run(settings: DeviceSettings, purpose: Purpose, theme: str) -> ExitCode:
    async with open_device(settings) as device:
        app = PairgrantApp(device, purpose, theme=theme)

        def end() -> None:
            # Where the terminal is gone, Textual waits for ever to write its last words to it.
            signal.alarm(_GRACE)
            app.action_interrupt()

        for ending in (signal.SIGTERM, signal.SIGHUP):
            asyncio.get_running_loop().add_signal_handler(ending, end)
        code = await app.run_async()
        await app.settle()
        signal.alarm(0)
        if purpose is Purpose.LOGIN and code is ExitCode.DONE:
            print_err(f"Signed in. The tokens are kept in {device.store.location}, readable by you alone.")
        return ExitCode.ERROR if code is None else code
