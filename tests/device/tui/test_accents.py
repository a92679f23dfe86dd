"""An accent of the operator's on each theme."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pairgrant.tui.theme import THEMES, accent_in, grounds
from pairgrant_protocol.colour import least_contrast

COLOURS = st.integers(0, 0xFFFFFF).map("#{:06x}".format)


@given(accent=COLOURS)
@pytest.mark.parametrize("theme", THEMES)
def test_every_accent_can_be_read_on_every_theme(theme: str, accent: str) -> None:
    used = accent_in(THEMES[theme], accent)
    assert least_contrast(used, grounds(THEMES[theme])) >= (7 if theme == "high-contrast" else 4.5)


def test_console_uses_one_of_its_colours() -> None:
    assert accent_in(THEMES["console"], "#dc143c") == "#ff0000"
