"""The notices of the user who connected this screen, as pages that change by themselves."""

from collections.abc import Sequence
from itertools import zip_longest

from rich.cells import cell_len
from textual import events
from textual.content import Content
from textual.widgets import Static

from pairgrant.oauth.resource_responses import BoardNotice
from pairgrant.translation import Translatable, gettext, translated
from pairgrant.tui.letter_shapes import draw_lines
from pairgrant.tui.notice_pages import COLUMN_GAP, INDENT, Board, Card, lay_out, page_at, wrapped
from pairgrant.tui.scale import headline, scale_at
from pairgrant.tui.theme import uses_ascii
from pairgrant.ui_texts import NO_NOTICES
from pairgrant_protocol.visible_text import visible

_SHOWN = 50
_LONGEST = 500
_AGES = (
    (86_400, Translatable("{count} d ago")),
    (3600, Translatable("{count} h ago")),
    (60, Translatable("{count} min ago")),
)
_AGES_DRAWN_EVERY = 60.0
"""Seconds."""
_MOST_DOTS = 10


class NoticePages(Static):
    """Notices, newest first, or a sentence in their place; drawn again once a minute for their ages."""

    def __init__(self) -> None:
        super().__init__("", markup=False)
        self._notices: tuple[BoardNotice, ...] = ()
        self._board = Board()
        self._sentence: str = Translatable("Loading notices …")
        self._first_shown_at = 0.0
        self._shown_page = -1
        self._drawn_at = 0.0
        self._drawn: Content | None = None

    @property
    def has_notices(self) -> bool:
        return bool(self._notices)

    @property
    def newest(self) -> Card | None:
        """The newest notice, where it stands above all pages."""
        return self._board.newest

    def show(self, notices: tuple[BoardNotice, ...], *, now: float) -> None:
        """Show ``notices``; a new one brings its page into view."""
        shown = notices[:_SHOWN]
        if shown[:1] != self._notices[:1]:
            self._first_shown_at = now
        self._notices, self._sentence = shown, NO_NOTICES
        self._arrange(self.size.width, self.size.height)

    def show_sentence(self, sentence: str) -> None:
        self._notices, self._sentence = (), sentence
        self._arrange(self.size.width, self.size.height)

    def on_resize(self, event: events.Resize) -> None:
        self._arrange(event.size.width, event.size.height)

    def tick(self, *, now: float, wall: float) -> str:
        """Draw the page of this moment; returns the mark of the page, if there are more."""
        pages = self._board.pages
        page = page_at(len(pages), now - self._first_shown_at)
        if page != self._shown_page or now - self._drawn_at >= _AGES_DRAWN_EVERY:
            self._shown_page, self._drawn_at = page, now
            self._draw(Content("\n").join(self._rows(page, wall)))
        return self._mark(page, len(pages)) if len(pages) > 1 else ""

    def _mark(self, page: int, count: int) -> str:
        here, elsewhere = ("*", "o") if uses_ascii(self.app.theme) else ("●", "○")
        dots = elsewhere * page + here + elsewhere * (count - page - 1) if count <= _MOST_DOTS else ""
        return f"{dots}  {page + 1}/{count}".strip()

    def _arrange(self, width: int, height: int) -> None:
        texts = [visible(notice.text, limit=_LONGEST) for notice in self._notices]
        self._board = lay_out(texts, width=width, height=height, scale=scale_at(self.app.size.width))
        self._shown_page = -1

    def _rows(self, page: int, wall: float) -> list[Content]:
        if not self._notices:
            # a sentence has the letters of the newest notice, and no bar
            width, scale = max(self.size.width, 1), scale_at(self.app.size.width) - 1
            text = visible(translated(self._sentence), limit=600)
            big, lines = headline(text, width=width, rows=self.size.height, scale=scale, keeps_case=True)
            drawn = draw_lines(lines, big) if lines else wrapped(text, width)
            return [Content.styled(row, "$quiet") for row in drawn]
        board, rows = self._board, []
        if board.newest:
            rows = self._card(board.newest, board.width, wall)
        if board.pages:
            rows += [Content("")] if rows else []
            columns = [self._column(cards, wall) for cards in board.pages[page]]
            empty = Content(" " * board.column_width)
            rows += (Content(" " * COLUMN_GAP).join(row) for row in zip_longest(*columns, fillvalue=empty))
        return rows

    def _column(self, cards: Sequence[Card], wall: float) -> list[Content]:
        rows: list[Content] = []
        for card in cards:
            rows += [Content(" " * self._board.column_width)] if rows else []
            rows += self._card(card, self._board.column_width, wall)
        return rows

    def _card(self, card: Card, width: int, wall: float) -> list[Content]:
        bar = "$primary" if card.number == 0 else "$faint"
        created_at = self._notices[card.number].created_at
        empty = [("", "")] * card.padding
        lines = draw_lines(list(card.lines), card.scale) if card.scale else card.lines
        texts = [
            *((line, "bold") for line in lines),
            (age(wall - created_at) if created_at else "", "$quiet"),
        ]
        return [
            Content.assemble(("▌", bar), (f" {_filled(text, width - INDENT)}", f"{style} on $surface"))
            for text, style in (*empty, *texts, *empty)
        ]

    def _draw(self, content: Content) -> None:
        if self._drawn is None or content != self._drawn or content.spans != self._drawn.spans:
            self._drawn = content
            self.update(content)


def _filled(text: str, columns: int) -> str:
    return text + " " * (columns - cell_len(text))


def age(seconds: float) -> str:
    """A short age such as ``5 min ago``; never negative, even if the clocks differ."""
    for length, unit in _AGES:
        if seconds >= length:
            return gettext(unit, count=min(int(seconds // length), 999))
    return gettext("just now")
