"""The notices of the user who connected this screen."""

from textual.app import ComposeResult
from textual.containers import Horizontal, VerticalScroll

from pairgrant.oauth.resource_responses import BoardNotice
from pairgrant.tui.widgets.visible_text import VisibleText

_SHOWN = 50
EMPTY = "No notices yet. Notices that you post from your phone appear here."


class NoticeList(VerticalScroll):
    """Notices, newest first, or a sentence in their place."""

    def compose(self) -> ComposeResult:
        yield VisibleText("Loading notices …", id="board-message")

    @property
    def has_notices(self) -> bool:
        return bool(self.query(NoticeLine))

    async def show(self, notices: tuple[BoardNotice, ...], *, wall: float) -> None:
        """Show ``notices``, with their age at ``wall`` (Unix time, seconds)."""
        if not notices:
            await self.show_sentence(EMPTY)
            return
        await self.remove_children()
        await self.mount_all(NoticeLine(notice, wall) for notice in notices[:_SHOWN])

    def update_ages(self, wall: float) -> None:
        """Update the ages of the notices to ``wall``."""
        for line in self.query(NoticeLine):
            line.show_age(wall)

    async def show_sentence(self, sentence: str) -> None:
        await self.remove_children()
        await self.mount(VisibleText(sentence, id="board-message"))


class NoticeLine(Horizontal):
    def __init__(self, notice: BoardNotice, wall: float) -> None:
        super().__init__()
        self._notice = notice
        self._wall = wall

    def compose(self) -> ComposeResult:
        yield VisibleText(self._notice.text, limit=500, classes="notice-text")
        yield VisibleText(self._age(), classes="notice-age")

    def show_age(self, wall: float) -> None:
        self._wall = wall
        for line in self.query(".notice-age").results(VisibleText):
            line.set_text(self._age())

    def _age(self) -> str:
        created_at = self._notice.created_at
        return "" if created_at is None else age(self._wall - created_at)


def age(seconds: float) -> str:
    """A short age such as ``5 min ago``; never negative, even if the clocks differ."""
    for length, unit in ((86_400, "d"), (3600, "h"), (60, "min")):
        if seconds >= length:
            return f"{min(int(seconds // length), 999)} {unit} ago"
    return "just now"
