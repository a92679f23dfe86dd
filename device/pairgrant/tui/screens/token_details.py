"""The state of the tokens, for a person who looks after the screen."""

from typing import ClassVar

from textual import events
from textual.app import ComposeResult
from textual.binding import BindingType
from textual.containers import Horizontal, Vertical

from pairgrant.clock import Clock
from pairgrant.session.sign_in_session import SignInSession
from pairgrant.translation import Translatable, gettext
from pairgrant.tui.home_texts import time_left, token_state
from pairgrant.tui.screens.panel import Panel
from pairgrant.tui.widgets.key_hints import KeyHints
from pairgrant.tui.widgets.time_left_bar import TimeLeftBar
from pairgrant.tui.widgets.visible_text import VisibleText

_STAYS = {"r", "left", "right", "up", "down", "tab", "shift+tab"}


class TokenDetails(Panel[None]):
    """``r`` refreshes; any other key or a click elsewhere closes it."""

    BINDINGS: ClassVar[list[BindingType]] = [("r", "app.refresh_tokens")]

    def __init__(self, session: SignInSession, clock: Clock) -> None:
        super().__init__()
        self._session = session
        self._clock = clock

    def compose(self) -> ComposeResult:
        with Vertical(classes="panel"):
            yield VisibleText(gettext("ACCESS TOKEN"), classes="heading")
            with Horizontal(id="token-lifetime"):
                yield TimeLeftBar()
                yield VisibleText(id="token-time-left")
            yield VisibleText(id="token-state", limit=400)
            yield VisibleText(
                gettext("Scope: {scope}", scope=" ".join(self._session.scope) or gettext("none")),
                limit=400,
                id="token-scope",
            )
            yield KeyHints(("r", Translatable("Refresh")), ("escape", Translatable("Back")))

    def on_mount(self) -> None:
        self.set_interval(1.0, self.tick)
        self.tick()

    def on_key(self, event: events.Key) -> None:
        if event.key not in _STAYS:
            event.stop()
            self.dismiss()

    def on_click(self) -> None:
        self.dismiss()

    def tick(self) -> None:
        """Update what depends on the time."""
        now = self._clock.now()
        self.query_one(TimeLeftBar).share_left = self._session.lifetime.share_left(now)
        self.query_one("#token-time-left", VisibleText).set_text(time_left(self._session, now))
        self.query_one("#token-state", VisibleText).set_text(token_state(self._session, now))
