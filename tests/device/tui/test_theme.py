"""The colours of the screens: contrast, and what a console can show."""

import pytest
from textual.color import Color
from textual.theme import Theme

from pairgrant.tui.theme import CONSOLE, THEMES
from tests.device.tui.app_under_test import Open

_EIGHT_COLOURS = {"#000000", "#ff0000", "#00ff00", "#ffff00", "#0000ff", "#ff00ff", "#00ffff", "#ffffff"}


def contrast(one: str | None, other: str | None) -> float:
    """The contrast ratio of WCAG 2.2."""
    lighter, darker = sorted((luminance(one), luminance(other)), reverse=True)
    return (lighter + 0.05) / (darker + 0.05)


def luminance(colour: str | None) -> float:
    assert colour is not None
    parts = [
        part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4
        for part in Color.parse(colour).normalized
    ]
    return 0.2126 * parts[0] + 0.7152 * parts[1] + 0.0722 * parts[2]


@pytest.mark.parametrize("theme", THEMES.values(), ids=THEMES)
def test_every_text_and_station_has_enough_contrast(theme: Theme) -> None:
    """WCAG 2.2, 1.4.3 and 1.4.11; also the inverted call to action."""
    texts = (theme.primary, theme.foreground, theme.warning, theme.error, theme.variables["quiet"])
    for ground in (theme.background, theme.surface):
        assert all(contrast(text, ground) >= 4.5 for text in texts)
        assert contrast(theme.variables["faint"], ground) >= 3


def test_console_theme_has_only_the_eight_colours() -> None:
    used = {CONSOLE.primary, CONSOLE.foreground, CONSOLE.background, CONSOLE.warning, CONSOLE.error}
    assert used | set(CONSOLE.variables.values()) <= _EIGHT_COLOURS


async def test_console_draws_lines_and_stations_in_ascii(at_code: Open) -> None:
    async with at_code() as seen:
        seen.app.theme = CONSOLE.name
        await seen.rest()
        assert "=" * 70 in seen.text
        assert "━" not in seen.text
