"""The last seconds of a guest's sign-in."""

from textual import events
from textual.app import ComposeResult
from textual.containers import Vertical

from pairgrant.translation import gettext
from pairgrant.tui.guest_rules import Ending, Why
from pairgrant.tui.scale import margin_at, scale_at
from pairgrant.tui.screens.panel import Panel
from pairgrant.tui.widgets.big_text import BigText
from pairgrant.tui.widgets.visible_text import VisibleText
from pairgrant.ui_texts import minutes_and_seconds


class GuestCountdown(Panel[None]):
    """Any key, click or tap closes it; the app notices it."""

    def __init__(self, ending: Ending) -> None:
        super().__init__()
        self._ending = ending

    def compose(self) -> ComposeResult:
        with Vertical(classes="countdown"):
            yield VisibleText(self._headline(), classes="strong")
            yield BigText(id="seconds")
            yield VisibleText(self._advice(), classes="heading")

    def on_mount(self) -> None:
        self.show(self._ending)

    def on_resize(self, event: events.Resize) -> None:
        width, height = event.size
        self.query_one("#seconds", BigText).fit(
            width=width - 2 * margin_at(width) - 8, rows=height - 6, scale=scale_at(width)
        )

    def show(self, ending: Ending) -> None:
        """Count down to ``ending``."""
        self._ending = ending
        if not self.query("#seconds"):
            return  # not composed yet
        self.query_one("#seconds", BigText).set_text(minutes_and_seconds(ending.left))
        self.query_one(".strong", VisibleText).set_text(self._headline())
        self.query_one(".heading", VisibleText).set_text(self._advice())

    def _headline(self) -> str:
        if self._ending.why is Why.IDLE:
            return gettext("Still there?")
        return gettext("This screen is about to sign out.")

    def _advice(self) -> str:
        return gettext("Press any key to stay signed in.") if self._ending.why is Why.IDLE else ""
