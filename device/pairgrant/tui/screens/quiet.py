"""The screen of the quiet hours: the time of day, and how to get a code."""

import time

from textual import events
from textual.app import ComposeResult
from textual.containers import Vertical

from pairgrant.clock import Clock
from pairgrant.translation import gettext
from pairgrant.tui.screens.start import StartScreen
from pairgrant.tui.widgets.big_text import BigText
from pairgrant.tui.widgets.call_to_action import CallToAction


class QuietScreen(StartScreen):
    """Any key or a touch asks for a code."""

    HINTS: tuple[tuple[str, str], ...] = ()
    REFRESHED_EVERY = 5.0

    def __init__(self, device_name: str, *, issuer: str, clock: Clock) -> None:
        super().__init__(device_name, issuer=issuer)
        self._clock = clock

    def middle(self) -> ComposeResult:
        with Vertical(id="quiet", classes="middle"):
            yield BigText(self._time(), classes="headline")
            yield CallToAction(gettext("Press any key to connect this screen."))

    def on_mount(self) -> None:
        self.set_interval(self.REFRESHED_EVERY, self.tick)

    def on_click(self, event: events.Click) -> None:
        event.stop()
        self.app.simulate_key("enter")

    def tick(self) -> None:
        """Show the time of day."""
        self.query_one(".headline", BigText).set_text(self._time())

    def _time(self) -> str:
        return time.strftime("%H:%M", time.localtime(self._clock.wall()))
