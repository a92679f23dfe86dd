"""What the screens after the code share: the time that is left, and a line that says what happens."""

from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import BindingType
from textual.containers import Horizontal, Vertical

from pairgrant.clock import Clock
from pairgrant.events import CodeIssued, PairingEvent, PollFailed, PollRecovered
from pairgrant.translation import Translatable
from pairgrant.tui.screens.framed import FramedScreen
from pairgrant.tui.widgets.time_left_bar import TimeLeftBar
from pairgrant.tui.widgets.visible_text import VisibleText
from pairgrant.ui_texts import minutes_and_seconds, no_response


class PairingScreen(FramedScreen):
    HINTS: tuple[tuple[str, str], ...] = (("escape", Translatable("Cancel")), ("q", Translatable("Quit")))
    BINDINGS: ClassVar[list[BindingType]] = [
        ("enter", "app.retry_now"),
        ("escape", "app.cancel"),
        ("q", "app.leave"),
    ]

    def __init__(self, device_name: str, code: CodeIssued, clock: Clock) -> None:
        super().__init__(device_name)
        self._code = code
        self._clock = clock
        self._failure: PollFailed | None = None

    def middle(self) -> ComposeResult:
        yield from self.content()
        with Vertical(id="progress"):
            yield TimeLeftBar()
            with Horizontal(id="status"):
                yield from self.track()
                yield VisibleText(id="status-text")
                yield VisibleText(id="time-left")

    def content(self) -> ComposeResult:
        """The content above the progress."""
        yield from ()

    def track(self) -> ComposeResult:
        """The stages, where they are shown."""
        yield from ()

    def status(self) -> str:
        """What happens now, in a few words."""
        return ""

    def is_bad(self) -> bool:
        """Whether the status warns."""
        return self._failure is not None

    def on_mount(self) -> None:
        self.set_interval(1.0, self.tick)
        self.tick()

    def show_event(self, event: PairingEvent) -> None:
        """Show an event of the pairing."""
        match event:
            case PollFailed():
                self._failure = event
            case PollRecovered():
                self._failure = None
        self.tick()

    def tick(self) -> None:
        """Update what depends on the time."""
        now = self._clock.now()
        left = self._code.expires_at - now
        self.query_one(TimeLeftBar).share_left = left / self._code.expires_in
        self.query_one("#time-left", VisibleText).set_text(minutes_and_seconds(left))
        text, says = self.query_one("#status-text", VisibleText), self.status()
        if self._failure:
            wait = minutes_and_seconds(self._failure.retry_at - now)
            says = no_response(wait, self._failure.since, width=text.size.width)
        text.set_text(says)
        self.query_one("#progress").set_class(self.is_bad(), "-trouble")
