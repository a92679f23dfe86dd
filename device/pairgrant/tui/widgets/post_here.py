"""Where a person posts notices: the address and its QR code, and when the board last changed."""

from textual.app import ComposeResult
from textual.containers import Vertical

from pairgrant.qr_symbol import qr_symbol
from pairgrant.translation import gettext
from pairgrant.tui.widgets.big_text import BigText
from pairgrant.tui.widgets.qr_code import QrCode
from pairgrant.tui.widgets.sentence import Sentence
from pairgrant.tui.widgets.visible_text import VisibleText
from pairgrant.ui_texts import address_to_type

_QUIET_ZONE = 2


class PostHere(Vertical):
    """Hidden until there is an address; beside the notices on a large screen only."""

    def __init__(self) -> None:
        super().__init__(id="post-here")
        self._page: str | None = None
        self._columns_per_module = 1
        self.columns = 0
        """Columns that it takes."""

    def compose(self) -> ComposeResult:
        yield Sentence(gettext("Post here"), classes="post-heading")
        yield VisibleText(limit=2048, id="post-address")
        yield VisibleText(id="updated")

    @property
    def has_address(self) -> bool:
        return self._page is not None

    def show_page(self, page: str | None) -> None:
        """Show the address ``page``, or nothing."""
        if page == self._page:
            return
        self._page = page
        for old in self.query(QrCode):
            old.remove()
        symbol = qr_symbol(page) if page else None
        if page and symbol:
            self.mount(QrCode(symbol), after=0)
            self.query_one("#post-address", VisibleText).set_text(address_to_type(page))
        self.call_after_refresh(self.fit, self._columns_per_module)

    def show_time(self, time: str) -> None:
        """Show when the board last changed."""
        # Translators: {time} is a time of day
        self.query_one("#updated", VisibleText).set_text(gettext("Updated {time}", time=time))

    def fit(self, columns_per_module: int) -> None:
        """Draw the QR code with so many columns per module."""
        self._columns_per_module = columns_per_module
        symbol = qr_symbol(self._page) if self._page else None
        if symbol is None:
            self.columns = 0
            return
        self.columns = (symbol.side + 2 * _QUIET_ZONE) * columns_per_module
        self.styles.width = self.columns
        for code in self.query(QrCode):
            code.draw(columns=columns_per_module, quiet=_QUIET_ZONE)
        self.query_one(".post-heading", BigText).fit(
            width=self.columns, rows=6 * columns_per_module, scale=columns_per_module - 1
        )
