"""The notices of the user who connected this screen, as pages that change by themselves."""

from textual import events
from textual.content import Content
from textual.widgets import Static

from pairgrant.oauth.resource_responses import BoardNotice
from pairgrant.translation import Translatable, gettext, translated
from pairgrant.tui.letter_shapes import draw_lines
from pairgrant.tui.notice_pages import Page, page_at, pages
from pairgrant.tui.scale import scale_at
from pairgrant.ui_texts import NO_NOTICES
from pairgrant_protocol.visible_text import visible

_SHOWN = 50
_LONGEST = 500
_AGES = (
    (86_400, Translatable("{count} d ago")),
    (3600, Translatable("{count} h ago")),
    (60, Translatable("{count} min ago")),
)
_INDENT = 2
"""Columns of the bar at the left of a notice."""


class NoticePages(Static):
    """Notices, newest first, or a sentence in their place; redrawn only when it looks different."""

    def __init__(self) -> None:
        super().__init__("", markup=False)
        self._notices: tuple[BoardNotice, ...] = ()
        self._pages: list[Page] = []
        self._sentence: str = Translatable("Loading notices …")
        self._first_shown_at = 0.0
        self._drawn: Content | None = None

    @property
    def has_notices(self) -> bool:
        return bool(self._notices)

    def show(self, notices: tuple[BoardNotice, ...], *, now: float) -> None:
        """Show ``notices`` from the first page on, so that a new one is seen at once."""
        self._notices, self._sentence, self._first_shown_at = notices[:_SHOWN], NO_NOTICES, now
        self._arrange(self.size.width, self.size.height)

    def show_sentence(self, sentence: str) -> None:
        self._notices, self._pages, self._sentence = (), [], sentence

    def on_resize(self, event: events.Resize) -> None:
        self._arrange(event.size.width, event.size.height)

    def tick(self, *, now: float, wall: float) -> str:
        """Draw the page of this moment; returns ``1/6`` and the like if there are more."""
        if not self._pages:
            self._draw(Content.styled(visible(translated(self._sentence), limit=600), "$quiet"))
            return ""
        page = page_at(len(self._pages), now - self._first_shown_at)
        self._draw(Content("\n").join(self._lines(self._pages[page], wall)))
        return f"{page + 1}/{len(self._pages)}" if len(self._pages) > 1 else ""

    def _arrange(self, width: int, height: int) -> None:
        texts = [visible(notice.text, limit=_LONGEST) for notice in self._notices]
        scale = scale_at(self.screen.size.width)
        self._pages = pages(texts, width=width - _INDENT, height=height, scale=scale)

    def _lines(self, page: Page, wall: float) -> list[Content]:
        lines: list[Content] = []
        for piece in page:
            if lines:
                lines.append(Content(""))
            rows = draw_lines(list(piece.lines), piece.scale) if piece.scale else piece.lines
            lines += (Content.assemble(("▌ ", "$primary"), (row, "bold")) for row in rows)
            created_at = self._notices[piece.number].created_at
            if created_at is not None:
                lines.append(Content.assemble(("▌ ", "$primary"), (age(wall - created_at), "$quiet")))
        return lines

    def _draw(self, content: Content) -> None:
        if self._drawn is None or content != self._drawn or content.spans != self._drawn.spans:
            self._drawn = content
            self.update(content)


def age(seconds: float) -> str:
    """A short age such as ``5 min ago``; never negative, even if the clocks differ."""
    for length, unit in _AGES:
        if seconds >= length:
            return gettext(unit, count=min(int(seconds // length), 999))
    return gettext("just now")
