"""The logo of a kiosk, in the largest size that has room; without room it isn't shown."""

from typing import Any

from rich.segment import Segment
from rich.style import Style
from textual.app import App
from textual.color import Color
from textual.geometry import Size
from textual.strip import Strip
from textual.widget import Widget

from pairgrant.logo import Logo, Picture, Pixel
from pairgrant.tui.theme import uses_ascii


def logo_of(app: App[Any]) -> Logo | None:
    """The logo that the app was given."""
    logo: Logo | None = getattr(app, "logo", None)
    return logo


class LogoPicture(Widget):
    def __init__(self, logo: Logo) -> None:
        super().__init__()
        self._logo = logo
        self._picture: Picture | None = None
        self.display = False

    def fit(self, *, width: int, rows: int) -> None:
        """Show the logo if it fits ``width`` by ``rows`` cells; a console shows no picture."""
        pictures = () if uses_ascii(self.app.theme) else self._logo.pictures
        fitting = (one for one in pictures if one.columns <= width and one.rows <= rows)
        self._picture = next(fitting, None)
        lines = self._logo.lines
        self.display = self._picture is not None or (
            bool(lines) and len(lines) <= rows and self._logo.columns <= width
        )
        self.refresh(layout=True)

    def get_content_width(self, container: Size, viewport: Size) -> int:  # noqa: ARG002 - Textual's signature
        return self._picture.columns if self._picture else self._logo.columns

    def get_content_height(self, container: Size, viewport: Size, width: int) -> int:  # noqa: ARG002 - Textual's signature
        return self._picture.rows if self._picture else len(self._logo.lines)

    def render_line(self, y: int) -> Strip:
        if self._picture is None:
            text = self._logo.lines[y] if y < len(self._logo.lines) else ""
            strip = Strip([Segment(text, self.rich_style)])
            return strip.extend_cell_length(self.size.width, self.rich_style)
        if y >= self._picture.rows:
            return Strip.blank(self.size.width, self.rich_style)
        ground = self.background_colors[1]
        upper, lower = self._picture.pixels[2 * y : 2 * y + 2]
        return Strip([_cell(above, below, ground) for above, below in zip(upper, lower, strict=True)])


def _cell(above: Pixel, below: Pixel, ground: Color) -> Segment:
    return Segment("▀", Style.from_color(_shown(above, ground).rich_color, _shown(below, ground).rich_color))


def _shown(pixel: Pixel, ground: Color) -> Color:
    red, green, blue, opacity = pixel
    return ground.blend(Color(red, green, blue), opacity / 255)
