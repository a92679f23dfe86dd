"""The frame of every screen: a line at the top and the keys at the bottom."""

from collections.abc import Callable

from textual.app import ComposeResult
from textual.geometry import Size, Spacing
from textual.screen import Screen
from textual.timer import Timer

from pairgrant.tui.brightness import drift_at
from pairgrant.tui.scale import logo_rows_at, margin_at, scale_at
from pairgrant.tui.screens.fitted import Fitted
from pairgrant.tui.widgets.key_hints import KeyHints
from pairgrant.tui.widgets.logo_picture import LogoPicture
from pairgrant.tui.widgets.top_line import TopLine

LOCKED = "-locked"
"""The class of a screen of a locked kiosk."""

_BUTTONS_SHOWN = 10.0
"""Seconds after the last arrow."""


class FramedScreen(Fitted, Screen[None]):
    """``HINTS`` are the keys and what they do."""

    HINTS: tuple[tuple[str, str], ...] = ()
    STAFF_KEYS = frozenset({"i", "l", "q", "escape"})
    """Keys that do nothing while the kiosk is locked."""

    def __init__(self, device_name: str) -> None:
        super().__init__()
        self._device_name = device_name
        self._hides_buttons: Timer | None = None
        self._margin = 0
        self._is_composed = False
        self._waiting: list[Callable[[], object]] = []

    def on_mount(self) -> None:
        """Show what came before the screen was composed; Textual calls it after that of a subclass."""
        self._is_composed = True
        for show in self._waiting:
            show()
        self._waiting.clear()

    def once_composed(self, show: Callable[[], object]) -> None:
        """Call ``show`` at once, or as soon as the screen has its widgets."""
        if self._is_composed:
            show()
        else:
            self._waiting.append(show)

    def compose(self) -> ComposeResult:
        yield TopLine(self._device_name)
        yield from self.middle()
        yield KeyHints(*self._hints())

    def _hints(self) -> list[tuple[str, str]]:
        is_locked = self.has_class(LOCKED)
        return [hint for hint in self.HINTS if not (is_locked and hint[0] in self.STAFF_KEYS)]

    def middle(self) -> ComposeResult:
        """The content between the top line and the keys."""
        yield from ()

    def show_buttons(self) -> None:
        """Show the keys as buttons for some seconds where the screen has no room for them."""
        is_hidden = any(not hints.display for hints in self.query(KeyHints))  # none before it is composed
        if is_hidden or self._hides_buttons is not None:
            if self._hides_buttons is not None:
                self._hides_buttons.stop()
            self.add_class("-asked")
            self._hides_buttons = self.set_timer(_BUTTONS_SHOWN, self._hide_buttons)

    def _hide_buttons(self) -> None:
        self._hides_buttons = None
        self.remove_class("-asked")

    def set_margin(self, margin: int) -> None:
        """Keep ``margin`` columns at each side, as far as the drift against burn-in leaves them there."""
        self._margin = margin
        self.shift()

    def shift(self) -> None:
        """Put the layout where it is at this moment."""
        right = drift_at(getattr(self.app, "drift_time", 0.0), self._margin)
        padding = Spacing(0, self._margin - right, 0, self._margin + right)
        if padding != self.styles.padding:
            self.styles.padding = padding

    def fit_to(self, size: Size) -> None:
        """Give the screen its margin too."""
        super().fit_to(size)
        margin = margin_at(size.width)
        self.set_margin(margin)
        for logo in self.query(LogoPicture):
            logo.fit(width=size.width - 2 * margin, rows=logo_rows_at(size.height, scale_at(size.width)))
