"""The base of the app: the device, its session, the screen that is shown, and the task behind it."""

import asyncio
import os
from collections.abc import Coroutine
from enum import Enum
from typing import Any

from rich.text import Text
from textual.app import App
from textual.screen import Screen
from textual.worker import WorkerFailed

from pairgrant.device import Device
from pairgrant.error_place import type_and_place
from pairgrant.exit_codes import ExitCode
from pairgrant.kiosk_options import KioskOptions
from pairgrant.session.sign_in_session import SignInSession
from pairgrant.sign_in.device_sign_in import plain_http_warning
from pairgrant.sign_in.retry_now import RetryNow
from pairgrant.sign_in.unattended import End, pause_after
from pairgrant.tui import background
from pairgrant.tui.end_message import EndMessage
from pairgrant.tui.screen_entry import ScreenEntry
from pairgrant.tui.screens.ended import EndedScreen
from pairgrant.tui.screens.message import MessageScreen
from pairgrant.tui.screens.start import StartScreen
from pairgrant.tui.terminal_driver import LockedDriver, TerminalDriver


class Purpose(Enum):
    KIOSK = "kiosk"
    """Connect on request, then show notices."""
    LOGIN = "login"
    """Pair at once, and exit when signed in."""


class ScreensApp(App[ExitCode]):
    """Shows one screen at a time, with panels in front of it, and runs one task of a sign-in at a time."""

    def __init__(self, device: Device, purpose: Purpose, options: KioskOptions) -> None:
        driver = LockedDriver if options.lock else TerminalDriver
        super().__init__(driver_class=None if "TEXTUAL_DRIVER" in os.environ else driver)
        self._device = device
        self._purpose = purpose
        self._options = options
        self._session: SignInSession | None = None
        self.brand = options.brand
        self.logo = options.logo
        self.animation_level = "none"  # also no smooth scrolling
        self._is_requested = False
        """Whether a code was requested from the current screen."""
        self._is_resting = False
        self._entry = ScreenEntry()
        self._retry = RetryNow()
        self._exit_code = ExitCode.DONE if purpose is Purpose.KIOSK else ExitCode.INTERRUPTED

    @property
    def session(self) -> SignInSession | None:
        """The sign-in of this device; None while there is none."""
        return self._session

    async def settle(self) -> None:
        """Wait for the background tasks to end and for a refresh that is under way, after the last screen."""
        await asyncio.gather(*(worker.wait() for worker in self.workers), return_exceptions=True)
        if self._session is not None:
            await self._session.settle()

    def _handle_exception(self, error: Exception) -> None:
        """End with one sentence; Textual's traceback would show the values of variables."""
        cause = error.error if isinstance(error, WorkerFailed) else error
        self._return_code = ExitCode.ERROR
        if self._exception is None:
            self._exception = error  # raised again in tests
            self._exception_event.set()
            place = type_and_place(cause)
            if self._device.journal is not None:
                self._device.journal.note("failed", f"unexpected error: {place}", is_healthy=False)
            self._exit_renderables.append(Text(f"pairgrant ended because of an unexpected error ({place})."))
        self._close_messages_no_wait()

    def interrupt(self) -> None:
        """Leave because of a signal."""
        self.exit(ExitCode.INTERRUPTED)

    @property
    def _shown(self) -> Screen[Any] | None:
        """The screen behind all panels."""
        return self.screen_stack[1] if len(self.screen_stack) > 1 else None

    def _show(self, screen: Screen[None]) -> None:
        """Replace the current screen, and the panels in front of it too."""
        self._is_requested = False
        while len(self.screen_stack) > 2:
            self.pop_screen()
        if len(self.screen_stack) == 2:
            self.switch_screen(screen)
        else:
            self.push_screen(screen)

    def _end(self, ending: EndMessage) -> None:
        """Show how a pairing or a sign-in ended."""
        if self._purpose is Purpose.LOGIN:
            self._exit_code = ending.exit_code
        if ending.end is None:
            self._show(MessageScreen(self._device_name, ending))
        else:
            self._show(EndedScreen(self._device_name, ending, ending.end, self._device.clock))

    @property
    def _device_name(self) -> str:
        return self._device.settings.device_name

    def _start_screen(self, note: str | None = None) -> StartScreen:
        settings = self._device.settings
        notes = (note, settings.sign_in_hint, settings.hint, plain_http_warning(settings.issuer))
        return StartScreen(self._device_name, issuer=settings.issuer, notes=[line for line in notes if line])

    def _ring(self) -> None:
        if self._options.bell:
            self.bell()

    def _pair(self) -> None:
        self._entry = ScreenEntry()
        self._retry = RetryNow()
        self._is_resting = False
        self._is_requested = True
        if self._purpose is Purpose.LOGIN:
            self._in_background(background.pair(self._device, self.post_message, self._entry, self._retry))
        else:
            self._in_background(
                background.pair_kiosk(self._device, self.post_message, self._entry, self._retry)
            )

    def _plan_next_code(self, end: End) -> None:
        """Show the next code some time after ``end`` if the kiosk runs by itself."""
        if self._options.auto:
            self._in_background(
                background.wait_for_next_code(self._device, self.post_message, pause_after(end))
            )

    def _in_background(self, work: Coroutine[Any, Any, None]) -> None:
        """Run one task at a time: starting another cancels the one before."""
        self.run_worker(work, group="sign-in", exclusive=True)
