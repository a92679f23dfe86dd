"""The connected screen: the name of the user, the notices, and the state of the tokens."""

from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import BindingType
from textual.containers import Horizontal, Vertical

from pairgrant.clock import Clock
from pairgrant.events import NoticesReceived, NoticesUnavailable, SignedInEvent, UserIdentified
from pairgrant.session.sign_in_session import SignInSession
from pairgrant.tui.screens.framed import FramedScreen
from pairgrant.tui.widgets.notice_list import NoticeList
from pairgrant.tui.widgets.time_left_bar import TimeLeftBar
from pairgrant.tui.widgets.visible_text import VisibleText
from pairgrant.ui_texts import minutes_and_seconds

CONNECTED = "✓ This screen is connected."


class SignedInScreen(FramedScreen):
    HINTS = (("r", "Refresh now"), ("l", "Sign out"), ("q", "Quit"))
    BINDINGS: ClassVar[list[BindingType]] = [
        ("r", "app.refresh_tokens"),
        ("l", "app.sign_out"),
        ("q", "app.leave"),
    ]

    def __init__(self, device_name: str, session: SignInSession, clock: Clock) -> None:
        super().__init__(device_name)
        self._session = session
        self._clock = clock

    def middle(self) -> ComposeResult:
        with Vertical(id="home", classes="middle"):
            yield VisibleText("Hello", id="greeting", classes="headline")
            yield VisibleText(CONNECTED, id="connected")
            yield VisibleText("NOTICES", classes="heading")
            yield NoticeList()
        with Vertical(id="token"):
            with Horizontal(id="token-lifetime"):
                yield VisibleText("ACCESS TOKEN", classes="heading")
                yield TimeLeftBar()
                yield VisibleText(id="time-left")
            yield VisibleText(id="token-state", limit=300)

    def on_mount(self) -> None:
        self.set_interval(1.0, self.tick)
        self.tick()

    async def show_event(self, event: SignedInEvent) -> None:
        """Show an event of the session."""
        match event:
            case UserIdentified(name):
                self.query_one("#greeting", VisibleText).set_text(f"Hello, {name}")
            case NoticesReceived(notices):
                self._show_connection(None)
                await self.query_one(NoticeList).show(notices, wall=self._clock.wall())
            case NoticesUnavailable(reason) if self.query_one(NoticeList).has_notices:
                self._show_connection(reason)  # the notices stay on the screen: old ones are better than none
            case NoticesUnavailable(reason):
                await self.query_one(NoticeList).show_sentence(reason)

    def _show_connection(self, problem: str | None) -> None:
        line = self.query_one("#connected", VisibleText)
        line.set_class(problem is not None, "-trouble")
        line.set_text(CONNECTED if problem is None else f"! Not up to date: {problem}")

    def tick(self) -> None:
        """Update what depends on the time."""
        now = self._clock.now()
        session = self._session
        self.query_one(TimeLeftBar).share_left = session.lifetime.share_left(now)
        self.query_one("#time-left", VisibleText).set_text(_time_left(session, now))
        self.query_one("#token").set_class(session.last_error is not None, "-trouble")
        self.query_one("#token-state", VisibleText).set_text(_token_state(session, now))
        self.query_one(NoticeList).update_ages(self._clock.wall())


def _time_left(session: SignInSession, now: float) -> str:
    if session.lifetime.expires_at is None:
        return "no expiry"
    return f"{minutes_and_seconds(session.lifetime.expires_at - now)} left"


def _token_state(session: SignInSession, now: float) -> str:
    wait = None if session.next_refresh_at is None else minutes_and_seconds(session.next_refresh_at - now)
    if session.last_error:
        return f"{session.last_error} You stay signed in; trying again in {wait}."
    if not session.can_refresh:
        return "Can't be refreshed: this sign-in ends when its access token expires."
    count = session.refresh_count
    times = (
        "not refreshed yet" if count == 0 else "refreshed once" if count == 1 else f"refreshed {count} times"
    )
    return f"{times.capitalize()} · next refresh in {wait}" if wait else times.capitalize()
