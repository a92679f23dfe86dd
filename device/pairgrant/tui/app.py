"""The full-screen app: background tasks post messages, and only the methods of this class change screens."""

import asyncio
import os
from collections.abc import Coroutine
from dataclasses import replace
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
from pairgrant.session.pending_revocations import pending_revocations
from pairgrant.session.sign_in_session import SignInSession
from pairgrant.sign_in.device_sign_in import plain_http_warning
from pairgrant.sign_in.retry_now import RetryNow
from pairgrant.sign_in.revoking import revoke_pending
from pairgrant.sign_in.unattended import End, pause_after
from pairgrant.translation import gettext
from pairgrant.tui import background
from pairgrant.tui.brightness import AWAKE, UNATTENDED, Brightness, Dimming
from pairgrant.tui.end_message import EndMessage, end_message_of_error, end_message_of_pairing, signed_out
from pairgrant.tui.guest_rules import GuestRules
from pairgrant.tui.input_watch import InputWatch
from pairgrant.tui.messages import (
    NextCodeDue,
    PairingEnded,
    PairingEventReceived,
    PinSubmitted,
    SignedInEventReceived,
    SignedOut,
    SignInStopped,
    TokensTaken,
)
from pairgrant.tui.pin_check import PinCheck
from pairgrant.tui.screen_entry import ScreenEntry
from pairgrant.tui.screens.code import CodeScreen
from pairgrant.tui.screens.ended import EndedScreen
from pairgrant.tui.screens.finishing import FinishingScreen
from pairgrant.tui.screens.framed import LOCKED, FramedScreen
from pairgrant.tui.screens.guest_countdown import GuestCountdown
from pairgrant.tui.screens.message import MessageScreen
from pairgrant.tui.screens.number import NumberScreen
from pairgrant.tui.screens.outage import OutageScreen
from pairgrant.tui.screens.pairing import PairingScreen
from pairgrant.tui.screens.phone import PHONE_STAGES, PhoneScreen
from pairgrant.tui.screens.pin import PinScreen
from pairgrant.tui.screens.quiet import QuietScreen
from pairgrant.tui.screens.sign_out import SignOutQuestion
from pairgrant.tui.screens.signed_in import SignedInScreen
from pairgrant.tui.screens.staff import PinPanel, StaffMenu, StaffPanel
from pairgrant.tui.screens.start import StartScreen
from pairgrant.tui.screens.token_details import TokenDetails
from pairgrant.tui.terminal_driver import LockedDriver, TerminalDriver
from pairgrant.tui.theme import THEMES, dimmed, with_accent
from pairgrant.ui_texts import SIGN_IN_FOLLOWS
from pairgrant_protocol.polling import Expired
from pairgrant_protocol.vocabulary import PairingStage

TICK = 5.0
"""Seconds between two looks at the time of day."""
REFRESH_PAUSE = 10.0
"""Least seconds between two refreshes that a person asks for."""

PANEL_IDLE = 30.0
"""Seconds without a key after which a panel for the PIN closes."""

PANEL_LONGEST = 180.0
"""Seconds after which it closes although keys are pressed, for a key that is stuck."""


class Purpose(Enum):
    KIOSK = "kiosk"
    """Connect on request, then show notices."""
    LOGIN = "login"
    """Pair at once, and exit when signed in."""


class PairgrantApp(App[ExitCode]):
    CSS_PATH = "pairgrant.tcss"
    AUTO_FOCUS = ""  # the first arrow moves the focus to a button
    ALLOW_SELECT = False  # a selection would be copied to the clipboard of the terminal
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
        driver = LockedDriver if options.lock else TerminalDriver
        super().__init__(driver_class=None if "TEXTUAL_DRIVER" in os.environ else driver)
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
        self._watch = InputWatch(device.clock)
        self._pin_check = PinCheck(options.pin, device.clock) if options.lock and options.pin else None
        self._panel_opened_at = 0.0
        self._refreshable_at = 0.0
        self._guests = GuestRules(options.guest_idle, options.guest_until) if options.is_for_guests else None
        self._pending = pending_revocations(
            device.store, device.clock, issuer=device.settings.issuer, client_id=device.settings.client_id
        )
        self._taking: set[asyncio.Task[None]] = set()
        self._session_began_at: float | None = None
        self._countdown_ended = False
        self._pairs_after_sign_out = False
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
            self._revoke_pending()
        if self._options.lock or self._guests:
            self.set_interval(1.0, self.look_after_people)
        try:
            session = self._device.stored_session() if self._purpose is Purpose.KIOSK else None
        except PairgrantError as error:
            self._end(end_message_of_error(error))
            return
        if (
            session is not None
            and self._guests
            and self._guests.ends_at_start(
                signed_in_at=session.tokens.signed_in_at, wall=self._device.clock.wall()
            )
        ):
            self._session = session
            self._sign_guest_out("the kiosk was restarted")
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
        """Look at every key and every event of the mouse before a screen gets it."""
        if isinstance(event, events.InputEvent) and not event.is_forwarded and self._takes(event):
            return
        await super().on_event(event)

    def _takes(self, event: events.InputEvent) -> bool:
        """Whether the event is for no screen: it asks for the PIN, keeps a guest, or wakes the screen."""
        is_gesture = self._watch.note(event)
        only_wakes = self._wakes(event)
        if is_gesture and self._open_pin_panel():
            return True
        if isinstance(self.screen, GuestCountdown):
            if isinstance(event, events.Key | events.MouseDown):
                self._countdown_ended = True
                self._close_countdown()
            return True
        return only_wakes

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
            if not isinstance(self._shown, QuietScreen):
                self._rest_quietly()
        elif not self._is_quiet and isinstance(self._shown, QuietScreen):
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
        """Wait for the background tasks, a guest's sign-out and a refresh that is under way to end, after the
        last screen.
        """
        await asyncio.gather(*(worker.wait() for worker in self.workers), return_exceptions=True)
        await asyncio.gather(*self._taking, return_exceptions=True)
        if self._session is not None:
            await self._session.settle()

    # Key bindings
    def action_connect(self) -> None:
        if isinstance(self._shown, StartScreen | MessageScreen) and not self._is_requested:
            self._shown.show_request_pending()
            self._pair()

    def action_retry_now(self) -> None:
        if self._retry.ask() and isinstance(self._shown, OutageScreen):
            self._shown.show_request_pending()

    def action_cancel(self) -> None:
        if self._options.lock and not isinstance(self.screen, PairingScreen):
            return
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
        if self._may_manage:
            self.exit(self._exit_code)

    def action_interrupt(self) -> None:
        if self._may_manage:
            self.interrupt()

    def interrupt(self) -> None:
        """Leave because of a signal."""
        self.exit(ExitCode.INTERRUPTED)

    def action_suspend_process(self) -> None:
        if not self._options.lock:
            super().action_suspend_process()

    def action_details(self) -> None:
        if self._session is not None and self._may_manage:
            self.push_screen(TokenDetails(self._session, self._device.clock))

    def action_refresh_tokens(self) -> None:
        now = self._device.clock.now()
        if self._session is not None and self._may_manage and now >= self._refreshable_at:
            self._refreshable_at = now + REFRESH_PAUSE
            self.run_worker(
                background.refresh(self._session, self.post_message), group="refresh", exclusive=True
            )

    def action_sign_out(self) -> None:
        if self._session is None or not self._may_manage:
            return
        self.push_screen(SignOutQuestion(), self._on_sign_out_answered)

    def action_change_user(self) -> None:
        """Ask whether to sign out the person whom the screen greets."""
        if self._session is not None and self._others_may_sign_in:
            question = SignOutQuestion(
                gettext("Not the person who is greeted?"),
                gettext("This screen is signed out, and shows a new code."),
            )
            self.push_screen(question, self._on_change_answered)

    # Results
    def _on_change_answered(self, confirmed: bool | None) -> None:  # noqa: FBT001 - Textual passes it by position
        if confirmed and self._session is not None:
            self._sign_guest_out("somebody else was at the screen", pairs=True)

    def _on_sign_out_answered(self, confirmed: bool | None) -> None:  # noqa: FBT001 - Textual passes it by position
        if confirmed and self._session is not None:
            if self._guests is not None:
                self._sign_guest_out("the person signed out")
                return
            self._close_staff_panels()
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
            case NumberShown() if code and not isinstance(self._shown, NumberScreen):
                return NumberScreen(self._device_name, code, event, clock)
            case PinRequested() if code and not isinstance(self._shown, PinScreen):
                return PinScreen(self._device_name, code, event, clock)
            case StageReached(stage) if (
                code and stage in PHONE_STAGES and not isinstance(self._shown, PhoneScreen)
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
        self._session_began_at = self._device.clock.now()
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

    @on(TokensTaken)
    def _tokens_taken(self, message: TokensTaken) -> None:
        self.call_after_refresh(self._revoke_pending)  # the screen of the guest is gone by then
        if not isinstance(self._shown, StartScreen) or self._is_requested:
            return  # a key was faster
        if message.error is not None:
            self._show(self._start_screen(signed_out(message.error)))
        if self._pairs_after_sign_out:
            self.action_connect()
        else:
            self._plan_next_code(None)

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
        elif isinstance(self._shown, StartScreen | MessageScreen) and not self._is_requested:
            self._plan_next_code(None)  # the quiet hours may end before the screen rests

    def _plan_next_code(self, end: End) -> None:
        """Show the next code some time after ``end`` if the kiosk runs by itself."""
        if self._options.auto:
            self._in_background(
                background.wait_for_next_code(self._device, self.post_message, pause_after(end))
            )

    def _sign_in(self, session: SignInSession) -> None:
        self._session = session
        self._watch.touch()  # a phone signs in without a key of this device
        self._show(
            SignedInScreen(
                self._device_name, session, self._device.clock, others_may_sign_in=self._others_may_sign_in
            )
        )
        self._in_background(background.run_session(self._device, session, self.post_message, self._retry))

    def _ring(self) -> None:
        if self._options.bell:
            self.bell()

    def _end(self, ending: EndMessage) -> None:
        if self._purpose is Purpose.LOGIN:
            self._exit_code = ending.exit_code
        if ending.end is None:
            self._show(MessageScreen(self._device_name, ending))
        else:
            # The name of a guest is not for the next one.
            end = ending.end if self._guests is None else replace(ending.end, name=None)
            self._show(EndedScreen(self._device_name, ending, end, self._device.clock))

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

    # The lock
    @property
    def _may_manage(self) -> bool:
        """Whether the person may leave, sign out and see the tokens."""
        return not self._options.lock or any(isinstance(screen, StaffMenu) for screen in self.screen_stack)

    @property
    def _staff_panel(self) -> StaffPanel | None:
        return next((screen for screen in self.screen_stack if isinstance(screen, StaffPanel)), None)

    def _open_pin_panel(self) -> bool:
        """Ask for the PIN; returns whether it is asked for."""
        if self._pin_check is None or self._staff_panel is not None:
            return False
        self._panel_opened_at = self._device.clock.now()
        self.push_screen(PinPanel(self._pin_check, self._note_wrong_pin), self._on_pin_answered)
        return True

    def _on_pin_answered(self, is_right: bool | None) -> None:  # noqa: FBT001 - Textual passes it by position
        if is_right:
            if self._device.journal is not None:
                self._device.journal.log("unlocked with the PIN")
            self._panel_opened_at = self._device.clock.now()
            self.push_screen(StaffMenu(is_signed_in=self._session is not None))

    def _note_wrong_pin(self, wrong: int) -> None:
        if self._device.journal is not None:
            self._device.journal.log(f"wrong PIN, {wrong} in a row")

    # Guests
    @property
    def _others_may_sign_in(self) -> bool:
        return not self._options.lock or self._guests is not None

    def _sign_guest_out(self, why: str, *, pairs: bool = False) -> None:
        """Clear the screen, delete the tokens here, and let the server revoke them in the background."""
        session, self._session = self._session, None
        if session is None:
            return
        if self._device.journal is not None:
            self._device.journal.note("signed out", why)
        self._pairs_after_sign_out = pairs
        self._close_staff_panels()
        self._show(self._start_screen(gettext("Signed out.")))
        self.call_after_refresh(self._clear_scrollback)
        for group in ("sign-in", "refresh"):
            self.workers.cancel_group(self, group)
        taking = asyncio.create_task(
            background.take_tokens(self._device, self._pending, session, self.post_message)
        )
        self._taking.add(taking)
        taking.add_done_callback(self._taking.discard)
        # Neither a key nor the end of the app cancels it.
        self.run_worker(asyncio.shield(taking), group="taking")

    def _clear_scrollback(self) -> None:
        if self._driver is not None and not self.is_headless:
            self._driver.write("\x1b[3J")

    def _revoke_pending(self) -> None:
        self.run_worker(revoke_pending(self._device, self._pending), group="revocations", exclusive=True)

    def _look_after_guest(self) -> None:
        """Count down before the sign-in of a guest ends, and end it."""
        if self._guests is None or self._session is None:
            return
        clock = self._device.clock
        ending = self._guests.ending(
            idle=self._watch.idle, signed_in_at=self._signed_in_at(self._session), wall=clock.wall()
        )
        shown = next((screen for screen in self.screen_stack if isinstance(screen, GuestCountdown)), None)
        if ending.left <= 0:
            self._sign_guest_out(ending.why.value)
        elif ending.left > self._guests.countdown:
            self._countdown_ended = False
            self._close_countdown()
        elif shown is not None:
            shown.show(ending)
        elif self._staff_panel is None and not self._countdown_ended:
            self.push_screen(GuestCountdown(ending))

    def _signed_in_at(self, session: SignInSession) -> float:
        """When the person signed in, by the clock as it is set now if that was in this process."""
        if self._session_began_at is None:
            return session.tokens.signed_in_at or 0.0
        clock = self._device.clock
        return clock.wall() - (clock.now() - self._session_began_at)

    def _close_countdown(self) -> None:
        while any(isinstance(screen, GuestCountdown) for screen in self.screen_stack):
            self.pop_screen()

    def look_after_people(self) -> None:
        """Close the panels that the PIN opened, and end the sign-in of a guest, in time."""
        self._close_old_panels()
        self._look_after_guest()

    def _close_old_panels(self) -> None:
        """Close what the PIN opened once no key is pressed, or after some minutes even if one is."""
        open_for = self._device.clock.now() - self._panel_opened_at
        if self._staff_panel and (self._watch.idle >= PANEL_IDLE or open_for >= PANEL_LONGEST):
            self._close_staff_panels()

    def _close_staff_panels(self) -> None:
        while self._staff_panel is not None:
            self.pop_screen()

    @property
    def _shown(self) -> Screen[Any] | None:
        """The screen behind all panels."""
        return self.screen_stack[1] if len(self.screen_stack) > 1 else None

    def _show(self, screen: Screen[None]) -> None:
        """Replace the current screen, and a question in front of it too; a panel for the PIN stays."""
        self._is_requested = False
        panel = self._staff_panel
        if self._options.lock:
            screen.add_class(LOCKED)
        while len(self.screen_stack) > 2:
            self.pop_screen()
        if len(self.screen_stack) == 2:
            self.switch_screen(screen)
        else:
            self.push_screen(screen)
        if isinstance(panel, PinPanel):
            self.push_screen(panel.again(), self._on_pin_answered)
        elif panel is not None:
            self.push_screen(panel.again())
