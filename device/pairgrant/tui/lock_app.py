"""The lock of the app: who may manage it, and the panels that the PIN opens."""

from textual.screen import Screen

from pairgrant.device import Device
from pairgrant.kiosk_options import KioskOptions
from pairgrant.tui.brightness_app import BrightnessApp
from pairgrant.tui.input_watch import InputWatch
from pairgrant.tui.pin_check import PinCheck
from pairgrant.tui.screens.framed import LOCKED
from pairgrant.tui.screens.staff import PinPanel, StaffMenu, StaffPanel
from pairgrant.tui.screens_app import Purpose

PANEL_IDLE = 30.0
"""Seconds without a key after which a panel for the PIN closes."""

PANEL_LONGEST = 180.0
"""Seconds after which it closes although keys are pressed, for a key that is stuck."""


class LockApp(BrightnessApp):
    """Lets only a person who knows the PIN leave, sign out and see the tokens, if the kiosk is locked."""

    def __init__(self, device: Device, purpose: Purpose, options: KioskOptions) -> None:
        super().__init__(device, purpose, options)
        self._watch = InputWatch(device.clock)
        self._pin_check = PinCheck(options.pin, device.clock) if options.lock and options.pin else None
        self._panel_opened_at = 0.0

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

    def _close_old_panels(self) -> None:
        """Close what the PIN opened once no key is pressed, or after some minutes even if one is."""
        open_for = self._device.clock.now() - self._panel_opened_at
        if self._staff_panel and (self._watch.idle >= PANEL_IDLE or open_for >= PANEL_LONGEST):
            self._close_staff_panels()

    def _close_staff_panels(self) -> None:
        while self._staff_panel is not None:
            self.pop_screen()

    def _show(self, screen: Screen[None]) -> None:
        """Replace the current screen, and a question in front of it too; a panel for the PIN stays."""
        panel = self._staff_panel
        if self._options.lock:
            screen.add_class(LOCKED)
        super()._show(screen)
        if isinstance(panel, PinPanel):
            self.push_screen(panel.again(), self._on_pin_answered)
        elif panel is not None:
            self.push_screen(panel.again())
