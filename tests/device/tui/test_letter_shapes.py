"""Big letters: all that a code is made of, and no two alike."""

from itertools import combinations
from string import ascii_uppercase, digits

from pairgrant.tui.letter_shapes import HEIGHT, WIDE_GAP, can_draw, draw, draw_scaled, scaled_size, width
from pairgrant_protocol.user_code import ALPHABET


def test_every_letter_of_the_alphabet_of_codes_and_every_digit_can_be_drawn() -> None:
    assert can_draw(ALPHABET + ascii_uppercase + digits + "-")


def test_other_characters_cannot_be_drawn() -> None:
    assert not any(map(can_draw, ["", "a", "É", " ", "\x1b", "WDJB MJHT"]))


def test_drawing_has_the_stated_width_and_height() -> None:
    for gap in (1, WIDE_GAP):
        rows = draw("WDJB-MJHT", gap)
        assert (len(rows), {len(row) for row in rows}) == (HEIGHT, {width("WDJB-MJHT", gap)})


def test_scaled_drawing_has_the_stated_size() -> None:
    for scale in range(1, 6):
        rows = draw_scaled("47", scale)
        assert {(len(row), len(rows)) for row in rows} == {scaled_size("47", scale)}


def test_drawing_at_scale_1_is_the_usual_one() -> None:
    assert draw_scaled("47", 1) == draw("47")


def test_usual_code_takes_51_by_4_cells() -> None:
    assert (width("WDJB-MJHT"), HEIGHT) == (51, 4)


def test_letters_of_codes_differ_in_three_points_at_least() -> None:
    points = {"█": (1, 1), "▀": (1, 0), "▄": (0, 1), " ": (0, 0)}

    def drawn(letter: str) -> list[int]:
        return [point for row in draw(letter) for cell in row for point in points[cell]]

    for one, other in combinations(ALPHABET, 2):
        different = sum(a != b for a, b in zip(drawn(one), drawn(other), strict=True))
        assert different >= 3, (one, other, different)
