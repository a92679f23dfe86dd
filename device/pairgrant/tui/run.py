"""Runs the full-screen modes: builds the device, runs the app, and completes a refresh before leaving."""

import asyncio
import os
import signal
from collections.abc import Callable
from contextlib import nullcontext
from dataclasses import replace

from pairgrant.device import open_device
from pairgrant.exit_codes import ExitCode
from pairgrant.kiosk_options import AUTO, KioskOptions
from pairgrant.settings import DeviceSettings
from pairgrant.sign_in.user_name import user_name
from pairgrant.terminal import clear_terminal, is_served, print_err
from pairgrant.terminal_background import has_light_background
from pairgrant.translation import gettext
from pairgrant.tui.app import PairgrantApp, Purpose
from pairgrant.ui_texts import greeting, stored_where
from pairgrant_protocol.visible_text import visible

_SERVER_SEEN_EVERY = 2.0

_GRACE = 5
"""Seconds from a signal to the forced end; a refresh under way can complete in that time."""


def run_kiosk(settings: DeviceSettings, options: KioskOptions) -> ExitCode:
    """Show the kiosk until it is closed."""
    if options.is_for_guests:
        clear_terminal()
    return asyncio.run(_run(settings, Purpose.KIOSK, _themed(options)))


def run_login(settings: DeviceSettings, options: KioskOptions) -> ExitCode:
    """Show one pairing, and exit when it is approved."""
    return asyncio.run(_run(settings, Purpose.LOGIN, _themed(options)))


def _themed(options: KioskOptions) -> KioskOptions:
    """The options with the theme that suits the background of the terminal, if none was chosen."""
    if options.theme != AUTO:
        return options
    return replace(options, theme="light" if has_light_background() else "dark")


async def _run(settings: DeviceSettings, purpose: Purpose, options: KioskOptions) -> ExitCode:
    async with open_device(settings) as device:
        app = PairgrantApp(device, purpose, options)

        def end() -> None:
            # If the terminal is gone, Textual waits forever to write its last output to it.
            signal.alarm(_GRACE)
            app.interrupt()

        of_keys = () if options.lock else (signal.SIGINT,)
        for ending in (*of_keys, signal.SIGTERM, signal.SIGHUP):
            asyncio.get_running_loop().add_signal_handler(ending, end)
        watch = asyncio.create_task(_end_with_server(end)) if is_served() else None
        async with device.beating() if purpose is Purpose.KIOSK else nullcontext():
            code = await app.run_async()
        if watch is not None:
            watch.cancel()
        await app.settle()
        signal.alarm(0)
        if purpose is Purpose.LOGIN and code is ExitCode.DONE:
            if app.session and (name := await user_name(device, app.session)):
                print_err(greeting(visible(name)))
            where = stored_where(device.store.location, in_keyring=device.store.is_in_keyring())
            print_err(gettext("Signed in.") + " " + where)
        return ExitCode.ERROR if code is None else code


async def _end_with_server(end: Callable[[], None]) -> None:
    """Call ``end`` once the process that shows the screens in a browser is gone, however that came."""
    server = os.getppid()
    while os.getppid() == server:  # noqa: ASYNC110 - there is no event for it
        await asyncio.sleep(_SERVER_SEEN_EVERY)
    end()
