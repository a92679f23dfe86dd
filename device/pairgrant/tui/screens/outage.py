"""Says why there is no code, since when, and when the next request comes; Enter or a tap sends it now."""

import time
from typing import ClassVar

from textual.binding import BindingType
from textual.geometry import Size

from pairgrant.clock import Clock
from pairgrant.events import CodeDelayed
from pairgrant.translation import Translatable, gettext
from pairgrant.tui.end_message import end_message_of_error
from pairgrant.tui.screens.message import MessageScreen
from pairgrant.tui.widgets.call_to_action import CallToAction
from pairgrant.ui_texts import minutes_and_seconds

_WIDTH_FOR_SINCE = 36


class OutageScreen(MessageScreen):
    HINTS = (
        ("enter", Translatable("Try now")),
        ("escape", Translatable("Back")),
        ("q", Translatable("Quit")),
    )
    BINDINGS: ClassVar[list[BindingType]] = [
        ("enter", "app.retry_now"),
        ("escape", "app.cancel"),
        ("q", "app.leave"),
    ]

    def __init__(self, device_name: str, delay: CodeDelayed, clock: Clock) -> None:
        super().__init__(device_name, end_message_of_error(delay.error))
        self.delay = delay
        self._clock = clock
        self._width = 0

    def on_mount(self) -> None:
        self.set_interval(1.0, self.tick)
        self.tick()

    def fit_to(self, size: Size) -> None:
        """Fit the screen, whose countdown has fewer words where it is narrow."""
        super().fit_to(size)
        self._width = size.width
        self.tick()

    def tick(self) -> None:
        """Update the countdown."""
        left = self.delay.retry_at - self._clock.now()
        if left <= 0:
            self.show_request_pending()
            return
        since = time.strftime("%H:%M", time.localtime(self.delay.since))
        text = gettext("Next try in {wait}", wait=minutes_and_seconds(left))
        is_narrow = self._width < _WIDTH_FOR_SINCE
        self.query_one(CallToAction).set_text(
            text if is_narrow else gettext("Since {time}. {next_try}", time=since, next_try=text)
        )
