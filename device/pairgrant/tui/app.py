"""The screens of a device put together: background work posts messages, and only the methods here change screens."""

from collections.abc import Coroutine
from enum import Enum
from typing import Any, ClassVar

from textual import on
from textual.app import App
from textual.binding import Binding, BindingType
from textual.screen import Screen

from pairgrant.device import Device
from pairgrant.errors import PairgrantError
from pairgrant.events import CodeIssued, PinRequested, WarningIssued
from pairgrant.exit_codes import ExitCode
from pairgrant.session.sign_in_session import SignInSession
from pairgrant.sign_in.device_sign_in import plain_http_warning
from pairgrant.tui import background
from pairgrant.tui.end_message import EndMessage, error_end_message, pairing_end_message, signed_out
from pairgrant.tui.messages import (
    PairingEnded,
    PairingEventReceived,
    PinSubmitted,
    SignedInEventReceived,
    SignedOut,
    SignInStopped,
)
from pairgrant.tui.screens.code import CodeScreen
from pairgrant.tui.screens.message import MessageScreen
from pairgrant.tui.screens.pin import PinScreen
from pairgrant.tui.screens.sign_out import SignOutQuestion
from pairgrant.tui.screens.signed_in import SignedInScreen
from pairgrant.tui.screens.start import StartScreen
from pairgrant.tui.theme import THEMES


class Purpose(Enum):
    KIOSK = "kiosk"
    """Connect when asked, and live on."""
    LOGIN = "login"
    """Pair at once, and leave when signed in."""


class PairgrantApp(App[ExitCode]):
    CSS_PATH = "pairgrant.tcss"
    ENABLE_COMMAND_PALETTE = False  # its screenshot would save the code to disk
    HORIZONTAL_BREAKPOINTS = [(0, "-tiny"), (36, "-narrow"), (52, "-wide"), (100, "-large")]  # noqa: RUF012 - Textual's own shape
    VERTICAL_BREAKPOINTS = [(0, "-flat"), (9, "-low"), (18, "-tall")]  # noqa: RUF012
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("ctrl+c", "interrupt", show=False, priority=True),
        Binding("ctrl+q", "leave", show=False, priority=True),
        Binding("ctrl+z", "suspend_process", show=False, priority=True),
    ]

    def __init__(self, device: Device, purpose: Purpose, *, theme: str = "dark") -> None:
        super().__init__()
        self._device = device
        self._purpose = purpose
        self._session: SignInSession | None = None
        self._entry = background.ScreenEntry()
        self._code: CodeIssued | None = None
        self._warning: str | None = None
        self._leaves_with = ExitCode.DONE if purpose is Purpose.KIOSK else ExitCode.INTERRUPTED
        for choice in THEMES.values():
            self.register_theme(choice)
        self.theme = THEMES[theme].name

    def get_theme_variable_defaults(self) -> dict[str, str]:
        return THEMES["dark"].variables

    def on_mount(self) -> None:
        try:
            session = self._device.stored_session() if self._purpose is Purpose.KIOSK else None
        except PairgrantError as error:
            self._end(error_end_message(error))
            return
        if session is not None:
            self._sign_in(session)
            return
        self._show(self._start_screen())
        if self._purpose is Purpose.LOGIN:
            self._pair()

    async def settle(self) -> None:
        """After the last screen: let a refresh that is under way come to its end."""
        if self._session is not None:
            await self._session.settle()

    # What the keys do
    def action_connect(self) -> None:
        if isinstance(self.screen, StartScreen | MessageScreen):
            self.screen.asking()
            self._pair()

    def action_cancel(self) -> None:
        self.workers.cancel_group(self, "sign-in")
        self._show(self._start_screen())

    def action_leave(self) -> None:
        self.exit(self._leaves_with)

    def action_interrupt(self) -> None:
        self.exit(ExitCode.INTERRUPTED)

    def action_refresh_tokens(self) -> None:
        if self._session is not None:
            self.run_worker(
                background.refresh(self._session, self.post_message), group="refresh", exclusive=True
            )

    def action_sign_out(self) -> None:
        self.push_screen(SignOutQuestion(), self._sign_out_if)

    # What it leads to
    def _sign_out_if(self, confirmed: bool | None) -> None:  # noqa: FBT001 - Textual hands it over by position
        if confirmed and self._session is not None:
            self._in_background(background.sign_out(self._session, self.post_message))

    @on(PairingEventReceived)
    def _pairing_event_received(self, message: PairingEventReceived) -> None:
        match message.event:
            case WarningIssued(text):
                self._warning = text
            case CodeIssued() as code:
                self._code = code
                note = self._device.settings.hint or self._warning
                self._show(CodeScreen(self._called, code, self._device.clock, note=note))
            case PinRequested() as wanted if self._code and not isinstance(self.screen, PinScreen):
                self._show(PinScreen(self._called, self._code, wanted, self._device.clock))
            case event:
                if isinstance(self.screen, CodeScreen | PinScreen):
                    self.screen.tell(event)

    @on(PinSubmitted)
    def _pin_submitted(self, message: PinSubmitted) -> None:
        self._entry.type(message.digits)

    @on(PairingEnded)
    def _pairing_ended(self, message: PairingEnded) -> None:
        match message.outcome:
            case SignInSession() if self._purpose is Purpose.LOGIN:
                self.exit(ExitCode.DONE)
            case SignInSession() as session:
                self._sign_in(session)
            case outcome:
                self._end(pairing_end_message(outcome, client_id=self._device.settings.client_id))

    @on(SignedInEventReceived)
    async def _signed_in_event_received(self, message: SignedInEventReceived) -> None:
        for screen in self.screen_stack:  # the question before a sign-out may stand in front
            if isinstance(screen, SignedInScreen):
                await screen.tell(message.event)

    @on(SignedOut)
    def _signed_out(self, message: SignedOut) -> None:
        self._session = None
        self._show(self._start_screen(signed_out(message.error)))

    @on(SignInStopped)
    def _sign_in_stopped(self, message: SignInStopped) -> None:
        self._session = None
        self._end(error_end_message(message.error))

    def _sign_in(self, session: SignInSession) -> None:
        self._session = session
        self._show(SignedInScreen(self._called, session, self._device.clock))
        self._in_background(background.run_session(self._device, session, self.post_message))

    def _end(self, ending: EndMessage) -> None:
        if self._purpose is Purpose.LOGIN:
            self._leaves_with = ending.exit_code
        self._show(MessageScreen(self._called, ending))

    @property
    def _called(self) -> str:
        return self._device.settings.device_name

    def _start_screen(self, note: str | None = None) -> StartScreen:
        settings = self._device.settings
        notes = (note, settings.hint, plain_http_warning(settings.issuer))
        return StartScreen(self._called, issuer=settings.issuer, notes=[said for said in notes if said])

    def _pair(self) -> None:
        self._entry = background.ScreenEntry()
        self._in_background(background.pair(self._device, self.post_message, self._entry))

    def _in_background(self, work: Coroutine[Any, Any, None]) -> None:
        """One life at a time: whatever went on before is cancelled."""
        self.run_worker(work, group="sign-in", exclusive=True)

    def _show(self, screen: Screen[None]) -> None:
        """Replace whatever is shown, a question in front of it too."""
        while len(self.screen_stack) > 2:
            self.pop_screen()
        if len(self.screen_stack) == 2:
            self.switch_screen(screen)
        else:
            self.push_screen(screen)
