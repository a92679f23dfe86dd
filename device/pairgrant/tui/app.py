"""The full-screen app: background tasks post messages, and only its classes change screens."""

from functools import partial
from typing import ClassVar

from textual import events, on
from textual.binding import Binding, BindingType

from pairgrant.device import Device
from pairgrant.errors import PairgrantError
from pairgrant.kiosk_options import KioskOptions
from pairgrant.translation import gettext
from pairgrant.tui import background
from pairgrant.tui.end_message import end_message_of_error, signed_out
from pairgrant.tui.lock_app import PANEL_IDLE, PANEL_LONGEST
from pairgrant.tui.messages import (
    NextCodeDue,
    SignedInEventReceived,
    SignedOut,
    SignInStopped,
    TokensTaken,
)
from pairgrant.tui.pairing_app import PairingApp
from pairgrant.tui.screens.framed import FramedScreen
from pairgrant.tui.screens.message import MessageScreen
from pairgrant.tui.screens.outage import OutageScreen
from pairgrant.tui.screens.pairing import PairingScreen
from pairgrant.tui.screens.sign_out import SignOutQuestion
from pairgrant.tui.screens.signed_in import SignedInScreen
from pairgrant.tui.screens.start import StartScreen
from pairgrant.tui.screens.token_details import TokenDetails
from pairgrant.tui.screens_app import Purpose

__all__ = ["PANEL_IDLE", "PANEL_LONGEST", "PairgrantApp", "Purpose"]

TICK = 5.0
"""Seconds between two looks at the time of day."""
REFRESH_PAUSE = 10.0
"""Least seconds between two refreshes that a person asks for."""


class PairgrantApp(PairingApp):
    """What the keys do, and how a sign-in begins and ends."""

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
        super().__init__(device, purpose, options)
        self._refreshable_at = 0.0

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
            self._plan_next_code(error)
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

    def action_connect(self) -> None:
        if isinstance(self._shown, StartScreen | MessageScreen) and not self._is_requested:
            self._shown.once_composed(self._shown.show_request_pending)
            self._pair()

    def action_retry_now(self) -> None:
        if self._retry.ask() and isinstance(self._shown, OutageScreen):
            self._shown.once_composed(self._shown.show_request_pending)

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
                background.refresh(self._device, self._session, self.post_message),
                group="refresh",
                exclusive=True,
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

    @on(SignedInEventReceived)
    def _signed_in_event_received(self, message: SignedInEventReceived) -> None:
        for screen in self.screen_stack:  # the sign-out question may be in front
            if isinstance(screen, SignedInScreen):
                screen.once_composed(partial(screen.show_event, message.event))

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
