"""What the screens after the code share: the time that is left, and a line that says what happens."""

from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import BindingType
from textual.geometry import Size

from pairgrant.clock import Clock
from pairgrant.events import CodeIssued, PairingEvent, PollFailed, PollRecovered
from pairgrant.translation import Translatable
from pairgrant.tui.scale import margin_at, scale_at
from pairgrant.tui.screens.framed import FramedScreen
from pairgrant.tui.widgets.progress import Progress


class PairingScreen(FramedScreen):
    HINTS: tuple[tuple[str, str], ...] = (("escape", Translatable("Cancel")), ("q", Translatable("Quit")))
    HAS_TRACK = False
    """Whether the stages are shown beside the status."""
    BINDINGS: ClassVar[list[BindingType]] = [
        ("enter", "app.retry_now"),
        ("escape", "app.cancel"),
        ("q", "app.leave"),
    ]
    STAFF_KEYS = frozenset({"q"})
    """A passer-by may cancel, too: the phone that has the code may be the wrong one."""

    def __init__(self, device_name: str, code: CodeIssued, clock: Clock) -> None:
        super().__init__(device_name)
        self._code = code
        self._clock = clock
        self._failure: PollFailed | None = None

    def middle(self) -> ComposeResult:
        yield from self.content()
        yield Progress(has_track=self.HAS_TRACK)

    def content(self) -> ComposeResult:
        """The content above the progress."""
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

    def fit_to(self, size: Size) -> None:
        """Give the time and the status the letters of the smaller scale."""
        super().fit_to(size)
        scale = scale_at(size.width) - 1
        self.query_one(Progress).fit(
            width=size.width - 2 * margin_at(size.width), scale=scale, status_scale=scale
        )

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
        progress = self.query_one(Progress)
        progress.show(
            left=left,
            share_left=left / self._code.expires_in,
            status=progress.trouble(self._failure, now) if self._failure else self.status(),
            is_bad=self.is_bad(),
        )
