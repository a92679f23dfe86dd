"""A bar that shrinks with the time left of a code or an access token."""

from textual.content import Content
from textual.reactive import reactive
from textual.widget import Widget

from pairgrant.tui.theme import uses_ascii


class TimeLeftBar(Widget):
    share_left: reactive[float] = reactive(1.0)
    """1 to 0."""

    def render(self) -> Content:
        width = self.size.width
        full = min(max(round(self.share_left * width), 0), width)
        line, no_line = ("=", "-") if uses_ascii(self.app.theme) else ("━", "─")
        # two kinds of line, because some terminals have no colours
        return Content.assemble((line * full, "$quiet"), (no_line * (width - full), "$faint"))
