"""The brightness of the app, its quiet hours, and the drift of its layout."""

from textual import events

from pairgrant.device import Device
from pairgrant.kiosk_options import KioskOptions
from pairgrant.tui.brightness import AWAKE, UNATTENDED, Brightness, Dimming
from pairgrant.tui.screens.code import CodeScreen
from pairgrant.tui.screens.framed import FramedScreen
from pairgrant.tui.screens.pairing import PairingScreen
from pairgrant.tui.screens.quiet import QuietScreen
from pairgrant.tui.screens_app import Purpose, ScreensApp
from pairgrant.tui.theme import THEMES, dimmed, with_accent


class BrightnessApp(ScreensApp):
    """Dims the screen while it rests and in the quiet hours; a key or a touch wakes it."""

    def __init__(self, device: Device, purpose: Purpose, options: KioskOptions) -> None:
        super().__init__(device, purpose, options)
        self._dimming = Dimming(options.quiet_hours)
        self._brightness = Brightness.FULL
        self._ignores_mouse_up = False
        self._started_at = device.clock.now()
        self.drift_time = 0.0
        """Seconds for which the layout has drifted."""
        for choice in THEMES.values():
            self.register_theme(with_accent(choice, options.accent))
        chosen = with_accent(THEMES[options.theme], options.accent)
        self._themes = {brightness: dimmed(chosen, brightness, options.accent) for brightness in Brightness}
        for theme in self._themes.values():
            self.register_theme(theme)
        self.theme = chosen.name

    def get_theme_variable_defaults(self) -> dict[str, str]:
        return THEMES["dark"].variables

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
