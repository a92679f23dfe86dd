"""The connected screen: who signed in, since when, what the screen may do, and the notices."""

from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import BindingType
from textual.containers import Vertical

from pairgrant.clock import Clock
from pairgrant.events import NoticesReceived, NoticesUnavailable, SignedInEvent, UserIdentified
from pairgrant.session.sign_in_session import SignInSession
from pairgrant.translation import Translatable, gettext
from pairgrant.tui.home_texts import Connection, connection_line, host, permissions, token_trouble
from pairgrant.tui.screens.framed import FramedScreen
from pairgrant.tui.widgets.big_text import BigText
from pairgrant.tui.widgets.key_hints import KeyHints
from pairgrant.tui.widgets.notice_pages import NoticePages
from pairgrant.tui.widgets.visible_text import VisibleText
from pairgrant.ui_texts import NO_BOARD, greeting, not_this_person


class SignedInScreen(FramedScreen):
    HINTS = (("i", Translatable("Details")), ("l", Translatable("Sign out")), ("q", Translatable("Quit")))
    BINDINGS: ClassVar[list[BindingType]] = [
        ("enter", "app.retry_now"),
        ("i", "app.details"),
        ("n", "app.change_user"),
        ("r", "app.refresh_tokens"),
        ("l", "app.sign_out"),
        ("q", "app.leave"),
    ]

    def __init__(
        self, device_name: str, session: SignInSession, clock: Clock, *, others_may_sign_in: bool = True
    ) -> None:
        super().__init__(device_name)
        self._others_may_sign_in = others_may_sign_in
        self._session = session
        self._clock = clock
        self._connection = Connection()

    def middle(self) -> ComposeResult:
        with Vertical(id="home", classes="middle"):
            yield BigText(gettext("Hello"), id="greeting", classes="headline")
            yield VisibleText(id="connection")
            yield VisibleText(id="reason", limit=400)
            yield VisibleText(permissions(self._session.scope), id="permissions", limit=400)
            yield NoticePages()
            yield VisibleText(id="page")

    def on_mount(self) -> None:
        self.set_interval(1.0, self.tick)
        self.tick()

    def show_event(self, event: SignedInEvent) -> None:
        """Show an event of the session."""
        board = self.query_one(NoticePages)
        match event:
            case UserIdentified(name):
                if self._others_may_sign_in:
                    self.query_one(KeyHints).put_first("n", not_this_person(name))
                self.query_one("#greeting", BigText).set_text(greeting(name).removesuffix("."))
                self._connection = self._connection.confirmed()
            case NoticesReceived(notices):
                self._connection = self._connection.confirmed()
                board.show(notices, now=self._clock.now())
            case NoticesUnavailable(reason, is_final=True):
                self._connection = self._connection.confirmed()
                server = host(self._session.tokens.issuer)
                board.show_sentence(
                    gettext("Signed in at {server}.", server=server) if reason == NO_BOARD else reason
                )
            case NoticesUnavailable(reason):  # the notices stay: old ones are better than none
                self._connection = self._connection.failed(reason, self._clock.wall())
                if not board.has_notices:
                    board.show_sentence("")
        self.tick()

    def tick(self) -> None:
        """Update what depends on the time; a widget is drawn again only where its text has changed."""
        now, wall = self._clock.now(), self._clock.wall()
        tokens = self._session.tokens
        line = connection_line(
            self._connection,
            server=tokens.issuer,
            since=tokens.signed_in_at,
            wall=wall,
            is_refreshed=self._session.last_error is None,
        )
        reason = token_trouble(self._session, now) or self._connection.trouble or ""
        self.query_one("#connection", VisibleText).set_text(line)
        self.query_one("#reason", VisibleText).set_text(reason)
        self.query_one("#home").set_class(bool(reason), "-trouble")
        self.query_one("#page", VisibleText).set_text(self.query_one(NoticePages).tick(now=now, wall=wall))
