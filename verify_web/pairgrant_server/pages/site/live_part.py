"""NiceGUI's element behind a live part; ``static/live/*.js`` changes the page, which Vue never renders."""

from dataclasses import asdict, dataclass
from pathlib import Path

from nicegui import ui

SCRIPT = Path(__file__).parents[1] / "static" / "live_part.js"


@dataclass(frozen=True, slots=True)
class Part:
    """What a page shows now.

    ``html`` consists of blocks, each with an ``id`` that the page has. ``is_last``: it will not change again.
    """

    title: str
    html: str
    is_last: bool = False


class LivePart(ui.element, component=SCRIPT):
    """Sends a part to its page whenever it has changed."""

    def __init__(self, part: Part) -> None:
        super().__init__()
        self.part = part
        """As the page arrived; only changes are sent."""

    def show(self, part: Part) -> None:
        if part != self.part:
            self.part = part
            self.props["part"] = asdict(part)
