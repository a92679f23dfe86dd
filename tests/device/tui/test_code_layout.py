"""How much of a pairing fits where: the code always, then its size and the QR code."""

import pytest

from pairgrant.tui import letter_shapes
from pairgrant.tui.code_layout import CodeLayout, Letters, Place, code_layout, groups, spaced

ADDRESS = "http://192.168.1.20:8628/device"


def layout(width: int, height: int, *, user_code: str = "WDJB-MJHT", qr_side: int | None = 25) -> CodeLayout:
    return code_layout(width=width, height=height, user_code=user_code, address=ADDRESS, qr_side=qr_side)


@pytest.mark.parametrize(
    ("size", "letters", "place", "columns"),
    [
        ((200, 60), Letters.WIDE, Place.BESIDE, 2),
        ((120, 40), Letters.BIG, Place.BESIDE, 2),
        ((100, 24), Letters.WIDE, Place.BESIDE, 1),
        ((88, 24), Letters.BIG, Place.BESIDE, 1),
        ((80, 24), Letters.BIG_GROUPS, Place.BESIDE, 1),
        ((60, 40), Letters.BIG, Place.ABOVE, 1),
        ((53, 20), Letters.BIG, Place.NOWHERE, 1),
        ((40, 12), Letters.BIG_GROUPS, Place.NOWHERE, 1),
        ((40, 10), Letters.SPACED, Place.NOWHERE, 1),
        ((20, 6), Letters.SPACED, Place.NOWHERE, 1),
        ((10, 3), Letters.ORDINARY, Place.NOWHERE, 1),
    ],
)
def test_best_layout_that_fits_is_chosen(
    size: tuple[int, int], letters: Letters, place: Place, columns: int
) -> None:
    chosen = layout(*size)
    assert (chosen.letters, chosen.place, chosen.qr_columns) == (letters, place, columns)


def test_qr_code_fits_on_80_by_24_beside_two_lines_of_notes() -> None:
    assert layout(80, 24 - 2).place is Place.BESIDE


def test_larger_symbol_fits_on_80_by_24() -> None:
    assert layout(80, 24, qr_side=29).place is Place.BESIDE


def test_layout_is_never_wider_than_the_screen() -> None:
    for width in range(20, 200, 3):
        for height in range(6, 60, 3):
            chosen = layout(width, height)
            if chosen.place is Place.BESIDE:
                columns = (25 + 2 * chosen.quiet) * chosen.qr_columns
                code = {
                    Letters.WIDE: letter_shapes.width("WDJB-MJHT", letter_shapes.WIDE_GAP),
                    Letters.BIG: letter_shapes.width("WDJB-MJHT"),
                    Letters.BIG_GROUPS: letter_shapes.width("WDJB-"),
                }
                assert columns + code.get(chosen.letters, len(spaced("WDJB-MJHT"))) < width


def test_code_uses_the_room_without_a_qr_code() -> None:
    assert layout(80, 24, qr_side=None) == CodeLayout(Letters.WIDE, roomy=True)


def test_code_without_big_letters_is_written_in_ordinary_ones() -> None:
    assert layout(80, 24, user_code="wdjb-mjht").letters is Letters.SPACED


@pytest.mark.parametrize(
    ("user_code", "expected"),
    [
        ("WDJB-MJHT", ["WDJB-", "MJHT"]),
        ("123-456-789", ["123-", "456-", "789"]),
        ("ABCDEFGH", ["ABCD", "EFGH"]),
        ("ABC", ["ABC"]),
        ("-A-", ["-A-"]),
    ],
)
def test_groups_contain_the_whole_code(user_code: str, expected: list[str]) -> None:
    assert groups(user_code) == expected
    assert "".join(expected) == user_code
