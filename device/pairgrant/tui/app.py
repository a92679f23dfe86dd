"""The full-screen app: background tasks post messages, and only the methods of this class change screens."""

import asyncio
from collections.abc import Coroutine
from enum import Enum
from typing import Any, ClassVar

from textual import events, on
from textual.app import App
from textual.binding import Binding, BindingType
from textual.screen import Screen

from pairgrant.device import Device
from pairgrant.errors import PairgrantError
from pairgrant.events import (
    CodeDelayed,
    CodeIssued,
    NumberShown,
    PairingEvent,
    PinRequested,
    StageReached,
    WarningIssued,
)
from pairgrant.exit_codes import ExitCode
from pairgrant.kiosk_options import KioskOptions
from pairgrant.session.sign_in_session import SignInSession
from pairgrant.sign_in.device_sign_in import plain_http_warning
from pairgrant.sign_in.retry_now import RetryNow
from pairgrant.sign_in.unattended import End, pause_after
from pairgrant.tui import background
from pairgrant.tui.brightness import AWAKE, UNATTENDED, Brightness, Dimming
from pairgrant.tui.end_message import EndMessage, end_message_of_error, end_message_of_pairing, signed_out
from pairgrant.tui.messages import (
    NextCodeDue,
    PairingEnded,
    PairingEventReceived,
    PinSubmitted,
    SignedInEventReceived,
    SignedOut,
    SignInStopped,
)
from pairgrant.tui.screen_entry import ScreenEntry
from pairgrant.tui.screens.code import CodeScreen
from pairgrant.tui.screens.finishing import FinishingScreen
from pairgrant.tui.screens.framed import FramedScreen
from pairgrant.tui.screens.message import MessageScreen
from pairgrant.tui.screens.number import NumberScreen
from pairgrant.tui.screens.outage import OutageScreen
from pairgrant.tui.screens.pairing import PairingScreen
from pairgrant.tui.screens.phone import PHONE_STAGES, PhoneScreen
from pairgrant.tui.screens.pin import PinScreen
from pairgrant.tui.screens.quiet import QuietScreen
from pairgrant.tui.screens.sign_out import SignOutQuestion
from pairgrant.tui.screens.signed_in import SignedInScreen
from pairgrant.tui.screens.start import StartScreen
from pairgrant.tui.theme import THEMES, dimmed, with_accent
from pairgrant.ui_texts import SIGN_IN_FOLLOWS
from pairgrant_protocol.polling import Expired
from pairgrant_protocol.vocabulary import PairingStage

TICK = 5.0
"""Seconds between two looks at the time of day."""


class Purpose(Enum):
    KIOSK = "kiosk"
    """Connect on request, then show notices."""
    LOGIN = "login"
    """Pair at once, and exit when signed in."""


class PairgrantApp(App[ExitCode]):
    CSS_PATH = "pairgrant.tcss"
    AUTO_FOCUS = ""  # the first arrow moves the focus to a button
    ENABLE_COMMAND_PALETTE = False  # its screenshot command would save the code to disk
    HORIZONTAL_BREAKPOINTS = [(0, "-tiny"), (36, "-narrow"), (52, "-wide"), (100, "-large")]  # noqa: RUF012 - Textual's own shape
    VERTICAL_BREAKPOINTS = [(0, "-flat"), (9, "-low"), (18, "-tall")]  # noqa: RUF012
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("ctrl+c", "interrupt", show=False, priority=True),
        Binding("ctrl+q", "leave", show=False, priority=True),
        Binding("ctrl+z", "suspend_process", show=False, priority=True),
        Binding("right,down", "move_focus(1)", show=False),
        Binding("left,up", "move_focus(-1)", show=False),
    ]

    def __init__(self, device: Device, purpose: Purpose, options: KioskOptions = KioskOptions()) -> None:  # noqa: B008 - frozen
        super().__init__()
        self._device = device
        self._purpose = purpose
        self._session: SignInSession | None = None
        self._options = options
        self.brand = options.brand
        self.logo = options.logo
        self._dimming = Dimming(options.quiet_hours)
        self._brightness = Brightness.FULL
        self._ignores_mouse_up = False
        self._is_requested = False
        """Whether a code was requested from the current screen."""
        self._started_at = device.clock.now()
        self.drift_time = 0.0
        """Seconds for which the layout has drifted."""
        self.animation_level = "none"  # also no smooth scrolling
        self._entry = ScreenEntry()
        self._retry = RetryNow()
        self._is_resting = False
        self._code: CodeIssued | None = None
        self._warning: str | None = None
        self._exit_code = ExitCode.DONE if purpose is Purpose.KIOSK else ExitCode.INTERRUPTED
        for choice in THEMES.values():
            self.register_theme(with_accent(choice, options.accent))
        chosen = with_accent(THEMES[options.theme], options.accent)
        self._themes = {brightness: dimmed(chosen, brightness, options.accent) for brightness in Brightness}
        for theme in self._themes.values():
            self.register_theme(theme)
        self.theme = chosen.name

    def get_theme_variable_defaults(self) -> dict[str, str]:
        return THEMES["dark"].variables

    def on_mount(self) -> None:
        if self._purpose is Purpose.KIOSK:
            self.set_interval(TICK, self.tick)
        try:
            session = self._device.stored_session() if self._purpose is Purpose.KIOSK else None
        except PairgrantError as error:
            self._end(end_message_of_error(error))
            return
        if session is not None:
            self._sign_in(session)
            return
        if self._is_quiet:
            self._rest_quietly()
            return
        self._show(self._start_screen())
        if self._purpose is Purpose.LOGIN or self._options.auto:
            self._pair()

    async def on_event(self, event: events.Event) -> None:
        """A key or a touch wakes a dim screen; while notices are shown, it does nothing else."""
        if isinstance(event, events.InputEvent) and not event.is_forwarded and self._wakes(event):
            return
        await super().on_event(event)

    def _wakes(self, event: events.InputEvent) -> bool:
        """Whether the event does nothing but wake the screen; Ctrl and a letter always do what they do."""
        if isinstance(event, events.MouseUp) and self._ignores_mouse_up:
            self._ignores_mouse_up = False
            return True
        if not isinstance(event, events.Key | events.MouseDown):
            return False
        was_dim = self._brightness is not Brightness.FULL
        self._dimming.touch(self._device.clock.now())
        self._adjust_brightness()
        if not was_dim or self._session is None:
            return False
        self._ignores_mouse_up = isinstance(event, events.MouseDown)
        return not (isinstance(event, events.Key) and event.key.startswith("ctrl+"))

    def tick(self) -> None:
        """Follow the time of day: the quiet hours, the brightness, and the drift of the layout."""
        if self._is_quiet and self._session is None and self._nobody_is_here():
            if not isinstance(self.screen, QuietScreen):
                self._rest_quietly()
        elif not self._is_quiet and isinstance(self.screen, QuietScreen):
            self._show(self._start_screen())
            if self._options.auto:
                self._pair()
        self._adjust_brightness()
        self.drift_time = self._device.clock.now() - self._started_at
        for screen in self.screen_stack:
            if isinstance(screen, FramedScreen):
                screen.shift()

    @property
    def _is_quiet(self) -> bool:
        return self._dimming.is_quiet(self._device.clock.wall())

    def _nobody_is_here(self) -> bool:
        """Whether a code may be taken off the screen in the quiet hours."""
        idle = self._dimming.idle(self._device.clock.now())
        shown = self.screen_stack[1] if len(self.screen_stack) > 1 else self.screen
        if isinstance(shown, PairingScreen):
            return False
        return idle >= (UNATTENDED if isinstance(shown, CodeScreen) else AWAKE)

    def _rest_quietly(self) -> None:
        """Show the time of day in place of a code; a key asks for one."""
        self.workers.cancel_group(self, "sign-in")
        self._is_resting = True
        settings, clock = self._device.settings, self._device.clock
        self._show(QuietScreen(self._device_name, issuer=settings.issuer, clock=clock))
        self._adjust_brightness()

    def _adjust_brightness(self) -> None:
        clock = self._device.clock
        brightness = self._dimming.brightness(
            now=clock.now(),
            wall=clock.wall(),
            is_attended=any(isinstance(screen, CodeScreen | PairingScreen) for screen in self.screen_stack),
            is_resting=self._is_resting,
        )
        if brightness is not self._brightness:
            self._brightness = brightness
            self.theme = self._themes[brightness].name
            self.set_class(brightness is not Brightness.FULL, "-dim")

    @property
    def session(self) -> SignInSession | None:
        """The sign-in of this device; None while there is none."""
        return self._session

    async def settle(self) -> None:
        """Wait for the background tasks to end and for a refresh that is under way, after the last screen."""
        await asyncio.gather(*(worker.wait() for worker in self.workers), return_exceptions=True)
        if self._session is not None:
            await self._session.settle()

    # Key bindings
    def action_connect(self) -> None:
        if isinstance(self.screen, StartScreen | MessageScreen) and not self._is_requested:
            self.screen.show_request_pending()
            self._pair()

    def action_retry_now(self) -> None:
        if self._retry.ask() and isinstance(self.screen, OutageScreen):
            self.screen.show_request_pending()

    def action_cancel(self) -> None:
        self.workers.cancel_group(self, "sign-in")
        self._show(self._start_screen())
        self._plan_next_code(None)

    def action_move_focus(self, step: int) -> None:
        """Move the focus to the next or the previous button; a screen that hides them shows them first."""
        if isinstance(self.screen, FramedScreen):
            self.screen.show_buttons()
        if step > 0:
            self.screen.focus_next()
        else:
            self.screen.focus_previous()

    def on_key(self) -> None:
        """Any key that nothing else is bound to asks for a code, once a kiosk rests."""
        if self._is_resting and isinstance(self.screen, StartScreen):
            self.action_connect()

    def action_leave(self) -> None:
        self.exit(self._exit_code)

    def action_interrupt(self) -> None:
        self.exit(ExitCode.INTERRUPTED)

    def action_refresh_tokens(self) -> None:
        if self._session is not None:
            self.run_worker(
                background.refresh(self._session, self.post_message), group="refresh", exclusive=True
            )

    def action_sign_out(self) -> None:
        self.push_screen(SignOutQuestion(), self._on_sign_out_answered)

    # Results
    def _on_sign_out_answered(self, confirmed: bool | None) -> None:  # noqa: FBT001 - Textual passes it by position
        if confirmed and self._session is not None:
            self._in_background(background.sign_out(self._session, self.post_message))

    @on(PairingEventReceived)
    def _pairing_event_received(self, message: PairingEventReceived) -> None:
        match message.event:
            case WarningIssued(text):
                self._warning = text
            case CodeIssued() as code:
                self._code = code
                note = self._device.settings.hint or self._sign_in_note or self._warning
                self._show(CodeScreen(self._device_name, code, self._device.clock, note=note))
            case CodeDelayed() as delay:
                self._show(OutageScreen(self._device_name, delay, self._device.clock))
            case event:
                if isinstance(event, NumberShown | PinRequested):
                    self._ring()
                screen = self._later_screen(event)
                if screen is not None:
                    self._show(screen)
                for shown in self.screen_stack:  # an explanation may be in front
                    if isinstance(shown, CodeScreen | PairingScreen) and screen is None:
                        shown.show_event(event)

    def _later_screen(self, event: PairingEvent) -> PairingScreen | None:
        """The screen that replaces the one with the code, if the event asks for one that is not shown yet."""
        code, clock = self._code, self._device.clock
        match event:
            case NumberShown() if code and not isinstance(self.screen, NumberScreen):
                return NumberScreen(self._device_name, code, event, clock)
            case PinRequested() if code and not isinstance(self.screen, PinScreen):
                return PinScreen(self._device_name, code, event, clock)
            case StageReached(stage) if (
                code and stage in PHONE_STAGES and not isinstance(self.screen, PhoneScreen)
            ):
                hint = self._device.settings.sign_in_hint
                return PhoneScreen(self._device_name, code, stage, clock, sign_in_hint=hint)
            case StageReached(PairingStage.FINISHING) if code:
                return FinishingScreen(self._device_name, code, clock)
        return None

    @on(PinSubmitted)
    def _pin_submitted(self, message: PinSubmitted) -> None:
        self._entry.type(message.digits)

    @on(PairingEnded)
    def _pairing_ended(self, message: PairingEnded) -> None:
        match message.outcome:
            case SignInSession() as session if self._purpose is Purpose.LOGIN:
                self._session = session
                self.exit(ExitCode.DONE)
            case SignInSession() as session:
                self._ring()
                self._sign_in(session)
            case Expired() as outcome if self._purpose is Purpose.KIOSK:
                self._is_resting = True
                self._show(self._start_screen())
                self._plan_next_code(outcome)
            case outcome:
                self._end(end_message_of_pairing(outcome, client_id=self._device.settings.client_id))
                self._plan_next_code(outcome)

    @on(SignedInEventReceived)
    def _signed_in_event_received(self, message: SignedInEventReceived) -> None:
        for screen in self.screen_stack:  # the sign-out question may be in front
            if isinstance(screen, SignedInScreen):
                screen.show_event(message.event)

    @on(SignedOut)
    def _signed_out(self, message: SignedOut) -> None:
        self._session = None
        self._show(self._start_screen(signed_out(message.error)))
        self._plan_next_code(None)

    @on(SignInStopped)
    def _sign_in_stopped(self, message: SignInStopped) -> None:
        self._session = None
        self._end(end_message_of_error(message.error))
        self._plan_next_code(message.error)

    @on(NextCodeDue)
    def _next_code_due(self) -> None:
        if not self._is_quiet:
            self.action_connect()

    def _plan_next_code(self, end: End) -> None:
        """Show the next code some time after ``end`` if the kiosk runs by itself."""
        if self._options.auto:
            self._in_background(
                background.wait_for_next_code(self._device, self.post_message, pause_after(end))
            )

    def _sign_in(self, session: SignInSession) -> None:
        self._session = session
        self._show(SignedInScreen(self._device_name, session, self._device.clock))
        self._in_background(background.run_session(self._device, session, self.post_message, self._retry))

    def _ring(self) -> None:
        if self._options.bell:
            self.bell()

    def _end(self, ending: EndMessage) -> None:
        if self._purpose is Purpose.LOGIN:
            self._exit_code = ending.exit_code
        self._show(MessageScreen(self._device_name, ending))

    @property
    def _device_name(self) -> str:
        return self._device.settings.device_name

    @property
    def _sign_in_note(self) -> str | None:
        return SIGN_IN_FOLLOWS if self._device.settings.sign_in_hint else None

    def _start_screen(self, note: str | None = None) -> StartScreen:
        settings = self._device.settings
        notes = (note, settings.sign_in_hint, settings.hint, plain_http_warning(settings.issuer))
        return StartScreen(self._device_name, issuer=settings.issuer, notes=[line for line in notes if line])

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

    def _in_background(self, work: Coroutine[Any, Any, None]) -> None:
        """Run one task at a time: starting another cancels the one before."""
        self.run_worker(work, group="sign-in", exclusive=True)

    def _show(self, screen: Screen[None]) -> None:
        """Replace the current screen, and a question in front of it too."""
        self._is_requested = False
        while len(self.screen_stack) > 2:
            self.pop_screen()
        if len(self.screen_stack) == 2:
            self.switch_screen(screen)
        else:
            self.push_screen(screen)
