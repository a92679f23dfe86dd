"""The colours of the screens. Text has a contrast of 4.5:1 at least, stations and bars 3:1 (WCAG 2.2,
1.4.3 and 1.4.11); a test computes both.
"""

from dataclasses import replace

from textual.theme import Theme

from pairgrant.tui.brightness import Brightness
from pairgrant_protocol.colour import TEXT, mixed, nearest, readable

DARK = Theme(
    name="pairgrant-dark",
    dark=True,
    primary="#5ee0c0",
    accent="#5ee0c0",
    foreground="#e8edf4",
    background="#0c1118",
    surface="#131a24",
    panel="#1b2430",
    warning="#f3c969",
    error="#ff8f87",
    success="#5ee0c0",
    variables={"quiet": "#93a1b3", "faint": "#66778c"},
)

LIGHT = Theme(
    name="pairgrant-light",
    dark=False,
    primary="#00695c",
    accent="#00695c",
    foreground="#14202c",
    background="#f7f8fa",
    surface="#ffffff",
    panel="#e9edf2",
    warning="#8a5200",
    error="#b3261e",
    success="#00695c",
    variables={"quiet": "#566476", "faint": "#7d8996"},
)

HIGH_CONTRAST = Theme(
    name="pairgrant-high-contrast",
    dark=True,
    primary="#ffff00",
    accent="#ffff00",
    foreground="#ffffff",
    background="#000000",
    surface="#000000",
    panel="#000000",
    warning="#ffff00",
    error="#ffff00",
    success="#ffff00",
    variables={"quiet": "#ffffff", "faint": "#b0b0b0"},
)

CONSOLE = Theme(
    name="pairgrant-console",
    dark=True,
    primary="#00ffff",
    accent="#00ffff",
    foreground="#ffffff",
    background="#000000",
    surface="#000000",
    panel="#000000",
    warning="#ffff00",
    error="#ffffff",
    success="#00ffff",
    variables={"quiet": "#ffffff", "faint": "#00ffff"},
)
"""For a console of eight colours (``TERM=linux``): only colours that it has."""

THEMES = {"dark": DARK, "light": LIGHT, "high-contrast": HIGH_CONTRAST, "console": CONSOLE}


_CONSOLE_ACCENTS = ("#ff0000", "#00ff00", "#ffff00", "#ff00ff", "#00ffff", "#ffffff")
"""The colours of a console that can be read on black."""

_HIGH_CONTRAST = 7.0
"""Least contrast of text in the theme of that name (WCAG 2.2, 1.4.6)."""


def accent_in(theme: Theme, accent: str) -> str:
    """The colour that the theme uses for ``accent``: the same if it can be read there, else the nearest."""
    if theme is CONSOLE:
        return nearest(accent, _CONSOLE_ACCENTS)
    least = _HIGH_CONTRAST if theme is HIGH_CONTRAST else TEXT
    return readable(accent, grounds(theme), least)


def with_accent(theme: Theme, accent: str | None) -> Theme:
    """The theme with ``accent`` as its one colour, as far as that can be read."""
    if accent is None:
        return theme
    colour = accent_in(theme, accent)
    return replace(theme, primary=colour, accent=colour, success=colour)


def dimmed(theme: Theme, brightness: Brightness, accent: str | None = None) -> Theme:
    """The theme with less light: its colours are blended towards its background, at ``NIGHT`` below the
    contrast that a text has elsewhere. The light theme becomes the dark one (with ``accent``), because its
    background shines.
    """
    if brightness is Brightness.FULL:
        return theme
    colours = theme if theme.dark else with_accent(DARK, accent)
    name = f"{theme.name}-{brightness.value}"
    ground = colours.background or "#000000"

    def dim(colour: str | None) -> str:
        return _dim(colour or "#ffffff", ground, brightness, is_console=theme.name == CONSOLE.name)

    return replace(
        colours,
        name=name,
        primary=dim(colours.primary),
        accent=dim(colours.primary),
        foreground=dim(colours.foreground),
        warning=dim(colours.warning),
        error=dim(colours.error),
        success=dim(colours.primary),
        variables={key: dim(colour) for key, colour in colours.variables.items()},
    )


def _dim(colour: str, ground: str, brightness: Brightness, *, is_console: bool) -> str:
    if is_console:
        return "#808080"
    if brightness is Brightness.NIGHT:
        return mixed(colour, ground, 0.5)
    return readable(mixed(colour, ground, 0.6), (ground,))


def grounds(theme: Theme) -> tuple[str, ...]:
    """The backgrounds on which the theme has text."""
    return tuple(ground for ground in (theme.background, theme.surface) if ground)


def uses_ascii(theme: str) -> bool:
    """Whether lines and stations are ASCII, because the font of a console may lack the others."""
    return theme.startswith(CONSOLE.name)
