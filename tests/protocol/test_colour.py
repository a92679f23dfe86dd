"""Colours: names, the contrast of WCAG 2.2, and the nearest colour that can be read."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pairgrant_protocol.colour import NAMES, contrast, least_contrast, mixed, nearest, parse_colour, readable

COLOURS = st.integers(0, 0xFFFFFF).map("#{:06x}".format)


@pytest.mark.parametrize(
    ("text", "colour"),
    [
        ("#5EE0C0", "#5ee0c0"),
        (" #abc ", "#aabbcc"),
        ("Teal", "#008080"),
        ("#12345", None),
        ("#ggg", None),
        ("5ee0c0", None),
        ("rgb(1,2,3)", None),
        ("", None),
        ("#\uff11\uff12\uff13", None),
    ],
)
def test_colour_is_a_name_or_has_three_or_six_digits(text: str, colour: str | None) -> None:
    assert parse_colour(text) == colour


def test_every_name_is_a_colour() -> None:
    assert all(parse_colour(colour) == colour for colour in NAMES.values())


@pytest.mark.parametrize(
    ("one", "other", "ratio"),
    [
        ("#000000", "#ffffff", 21.0),
        ("#777777", "#ffffff", 4.48),
        ("#0000ff", "#000000", 2.44),
        ("#abc", "#abc", 1),
    ],
)
def test_contrast_is_that_of_wcag(one: str, other: str, ratio: float) -> None:
    assert contrast(parse_colour(one) or "", parse_colour(other) or "") == pytest.approx(ratio, abs=0.01)


def test_contrast_that_no_colour_has_gives_the_best_of_black_and_white() -> None:
    assert readable("#336699", ("#777777",), 21) == "#000000"


@given(accent=COLOURS)
def test_accent_that_can_be_read_is_not_changed(accent: str) -> None:
    if least_contrast(accent, ("#0c1118",)) >= 4.5:
        assert readable(accent, ("#0c1118",)) == accent


def test_accent_keeps_its_hue() -> None:
    changed = readable("#0000ff", ("#0c1118",))
    assert changed[1:3] == changed[3:5]
    assert changed.endswith("ff")


def test_nearest_of_some_colours() -> None:
    assert nearest("#eeee11", ["#00ff00", "#ffff00"]) == "#ffff00"


def test_mixture_of_two_colours() -> None:
    assert mixed("#ffffff", "#000000", 0.5) == "#808080"
    assert mixed("#123456", "#ffffff", 1) == "#123456"
