"""Big letters: all that a code is made of, and no two alike."""

from itertools import combinations
from string import ascii_letters, digits

import pytest

from pairgrant.translation import languages
from pairgrant.tui.letter_shapes import (
    DRAWABLE,
    can_draw,
    draw,
    draw_lines,
    rows_of,
    shape,
    size,
    size_of_lines,
)
from pairgrant.tui.scale import headline
from pairgrant_protocol.user_code import ALPHABET
from tests.catalogues.catalogues import DEVICE


def test_every_letter_of_codes_headlines_and_times_can_be_drawn() -> None:
    assert can_draw(ALPHABET + ascii_letters + digits + "-.,:;!?'/&+()_·✓")


@pytest.mark.parametrize("language", languages())
def test_every_letter_of_the_catalogues_can_be_drawn(language: str) -> None:
    letters = {
        letter for text in DEVICE.texts(language) for letter in text + text.upper() if letter.isalpha()
    }
    assert sorted(letter for letter in letters if not can_draw(letter)) == []


def test_no_two_letters_look_the_same() -> None:
    shapes = [tuple(shape(letter)) for letter in DRAWABLE]
    assert len(set(shapes)) == len(DRAWABLE)


def test_other_characters_cannot_be_drawn() -> None:
    assert not any(map(can_draw, ["", "ж", "Ł", " ", "\x1b", " WDJB", "WDJB "]))


def test_drawing_has_the_stated_width_and_height_at_every_scale() -> None:
    for scale in range(1, 6):
        rows = draw("WDJB-MJHT", scale)
        assert {(len(row), len(rows)) for row in rows} == {size("WDJB-MJHT", scale)}
        lines = draw_lines(["WDJB", "MJHT"], scale)
        assert (max(map(len, lines)), len(lines)) == size_of_lines(["WDJB", "MJHT"], scale)


def test_usual_code_takes_59_by_4_cells() -> None:
    assert (size("WDJB-MJHT"), rows_of(1)) == ((59, 4), 4)


def test_headline_takes_the_largest_scale_that_fits_and_wraps_at_words() -> None:
    assert headline("Phone connected", width=310, rows=30, scale=3) == (3, ["PHONE CONNECTED"])
    assert headline("Phone connected", width=110, rows=12, scale=2) == (1, ["PHONE CONNECTED"])
    assert headline("Phone connected", width=70, rows=9, scale=1) == (1, ["PHONE", "CONNECTED"])
    assert headline("Phone connected", width=70, rows=8, scale=1) == (0, [])
    assert headline("Łukasz", width=70, rows=8, scale=1) == (0, [])


def test_letters_of_codes_differ_in_three_points_at_least() -> None:
    points = {"█": (1, 1), "▀": (1, 0), "▄": (0, 1), " ": (0, 0)}

    def drawn(letter: str) -> list[int]:
        return [point for row in draw(letter) for cell in row for point in points[cell]]

    for one, other in combinations(ALPHABET, 2):
        different = sum(a != b for a, b in zip(drawn(one), drawn(other), strict=True))
        assert different >= 3, (one, other, different)
