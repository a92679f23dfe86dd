"""The connected screen: who signed in, since when, what the screen may do, the time, and the notices."""

from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import BindingType
from textual.containers import Horizontal, Vertical
from textual.geometry import Size

from pairgrant.clock import Clock
from pairgrant.events import NoticesReceived, NoticesUnavailable, SignedInEvent, UserIdentified
from pairgrant.session.sign_in_session import SignInSession
from pairgrant.translation import Translatable, gettext
from pairgrant.tui.home_texts import (
    Connection,
    connection_line,
    host,
    in_one_line,
    permissions,
    purpose_elsewhere,
    token_trouble,
)
from pairgrant.tui.letter_shapes import WIDTH
from pairgrant.tui.scale import beside, margin_at, scale_at
from pairgrant.tui.screens.framed import FramedScreen
from pairgrant.tui.widgets.big_text import BigText
from pairgrant.tui.widgets.key_hints import KeyHints
from pairgrant.tui.widgets.notice_pages import NoticePages
from pairgrant.tui.widgets.post_here import PostHere
from pairgrant.tui.widgets.sentence import Sentence
from pairgrant.tui.widgets.visible_text import VisibleText
from pairgrant.ui_texts import NO_BOARD, address_to_type, greeting, not_this_person, time_of_day

_WIDTH_FOR_POST_HERE, _HEIGHT_FOR_POST_HERE = 160, 40


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
        self._name: str | None = None
        self._page: str | None = None
        self._permissions = permissions(session.scope)

    def middle(self) -> ComposeResult:
        with Vertical(id="home", classes="middle"):
            with Horizontal(id="who"):
                yield BigText(gettext("Hello"), id="greeting", classes="headline")
                yield BigText(id="clock")
            yield Sentence(id="connection", steps=2, share=1 / 8)
            yield VisibleText(id="reason", limit=400)
            yield VisibleText(self._permissions, id="permissions", limit=400)
            with Horizontal(id="board"):
                yield NoticePages()
                yield PostHere()
            with Horizontal(id="board-foot"):
                yield VisibleText(id="post-at", limit=2048)
                yield VisibleText(id="page")

    def on_mount(self) -> None:
        self.set_interval(1.0, self.tick)
        self.tick()

    def fit_to(self, size: Size) -> None:
        """Fit the name and the time into one row, and the address for posting beside the notices."""
        super().fit_to(size)
        self._write_name(size)
        scale = scale_at(size.width)
        self.query_one(PostHere).fit(max(scale - 1, 1))
        self._show_address(size)
        self.tick()

    def show_event(self, event: SignedInEvent) -> None:
        """Show an event of the session."""
        board, wall = self.query_one(NoticePages), self._clock.wall()
        match event:
            case UserIdentified(name):
                if self._others_may_sign_in:
                    self.query_one(KeyHints).put_first("n", not_this_person(name))
                self._name = name
                self._write_name(self.app.size)
                self._connection = self._connection.confirmed()
            case NoticesReceived(notices, page):
                self._connection = self._connection.confirmed()
                board.show(notices, now=self._clock.now())
                self._page = page
                self.query_one(PostHere).show_page(page)
                self.query_one(PostHere).show_time(time_of_day(wall))
                self._show_address(self.app.size)
            case NoticesUnavailable(reason, is_final=True):
                self._connection = self._connection.confirmed()
                server = host(self._session.tokens.issuer)
                board.show_sentence(purpose_elsewhere(server) if reason == NO_BOARD else reason)
            case NoticesUnavailable(reason):  # the notices stay: old ones are better than none
                self._connection = self._connection.failed(reason, wall)
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
        width = self.app.size.width
        letters = WIDTH if scale_at(width) > 2 else 1
        inner = (width - 2 * margin_at(width)) // letters
        joined = None if reason else in_one_line(line, self._permissions, inner)
        self.query_one("#connection", Sentence).set_text(joined or line)
        self.query_one("#home").set_class(joined is not None, "-joined")
        self.query_one("#reason", VisibleText).set_text(reason)
        self.query_one("#home").set_class(bool(reason), "-trouble")
        self.query_one("#clock", BigText).set_text(time_of_day(wall))
        self.query_one("#page", VisibleText).set_text(self.query_one(NoticePages).tick(now=now, wall=wall))

    def _write_name(self, size: Size) -> None:
        """The name in big letters where it and the time fit; a greeting in ordinary ones."""
        name, clock = self.query_one("#greeting", BigText), self.query_one("#clock", BigText)
        inner, scale = size.width - 2 * margin_at(size.width), scale_at(size.width)
        says = greeting(self._name).removesuffix(".") if self._name else gettext("Hello")
        name_scale, clock_scale, room = beside(
            self._name or says, time_of_day(0), width=inner, rows=size.height // 4, scale=scale
        )
        name.set_text(self._name if self._name and name_scale else says)
        name.fit(width=room, rows=size.height // 4, scale=name_scale)
        clock.fit(width=inner, rows=size.height // 4, scale=clock_scale)

    def _show_address(self, size: Size) -> None:
        """The address for posting: as a card beside the notices, or in a line below them."""
        has_room = size.width >= _WIDTH_FOR_POST_HERE and size.height >= _HEIGHT_FOR_POST_HERE
        self.query_one(PostHere).display = has_room and self._page is not None
        line = ""
        if self._page and not has_room:
            # Translators: {address} is the address of a page where notices are posted
            line = gettext("Post at {address}", address=address_to_type(self._page))
        post_at = self.query_one("#post-at", VisibleText)
        post_at.set_text(line)
        post_at.visible = len(line) + 20 <= size.width
