"""Says who or what ended the sign-in at the server, and when."""

from dataclasses import replace

from pairgrant.clock import Clock
from pairgrant.tui.end_message import EndMessage
from pairgrant.tui.screens.message import MessageScreen
from pairgrant.tui.widgets.sentence import Sentence
from pairgrant.ui_texts import ended_text
from pairgrant_protocol.sign_in_end import SignInEnd

_MINUTE = 60.0


class EndedScreen(MessageScreen):
    """May stand there for days, so the time gets a date after one."""

    def __init__(self, device_name: str, message: EndMessage, end: SignInEnd, clock: Clock) -> None:
        super().__init__(device_name, replace(message, why=ended_text(end, clock.wall())))
        self._end = end
        self._clock = clock

    def on_mount(self) -> None:
        self.set_interval(_MINUTE, self.tick)

    def tick(self) -> None:
        """Update what depends on the day."""
        self.query_one(".why", Sentence).set_text(ended_text(self._end, self._clock.wall()))
