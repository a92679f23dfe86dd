"""The pairing in the app: each event of it, and its end, changes the screen."""

from functools import partial

from textual import on

from pairgrant.device import Device
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
from pairgrant.tui import background
from pairgrant.tui.end_message import end_message_of_pairing
from pairgrant.tui.guests_app import GuestsApp
from pairgrant.tui.messages import (
    PairingEnded,
    PairingEventReceived,
    PinSubmitted,
)
from pairgrant.tui.screens.code import CodeScreen
from pairgrant.tui.screens.finishing import FinishingScreen
from pairgrant.tui.screens.number import NumberScreen
from pairgrant.tui.screens.outage import OutageScreen
from pairgrant.tui.screens.pairing import PairingScreen
from pairgrant.tui.screens.phone import PHONE_STAGES, PhoneScreen
from pairgrant.tui.screens.pin import PinScreen
from pairgrant.tui.screens.signed_in import SignedInScreen
from pairgrant.tui.screens_app import Purpose
from pairgrant.ui_texts import SIGN_IN_FOLLOWS
from pairgrant_protocol.polling import Expired
from pairgrant_protocol.vocabulary import PairingStage


class PairingApp(GuestsApp):
    """Shows the code, then the stages on the phone, then who is signed in."""

    def __init__(self, device: Device, purpose: Purpose, options: KioskOptions) -> None:
        super().__init__(device, purpose, options)
        self._code: CodeIssued | None = None
        self._warning: str | None = None

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
                        shown.once_composed(partial(shown.show_event, event))

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

    def _sign_in(self, session: SignInSession) -> None:
        self._session = session
        self._watch.touch()  # a phone signs in without a key of this device
        self._show(
            SignedInScreen(
                self._device_name, session, self._device.clock, others_may_sign_in=self._others_may_sign_in
            )
        )
        self._in_background(background.run_session(self._device, session, self.post_message, self._retry))

    @property
    def _sign_in_note(self) -> str | None:
        return SIGN_IN_FOLLOWS if self._device.settings.sign_in_hint else None
