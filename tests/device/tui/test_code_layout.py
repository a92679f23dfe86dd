"""How much of a pairing fits where: the code always, then its size and the QR code."""

import pytest

from pairgrant.tui.code_layout import Chrome, CodeLayout, Letters, Place, Space, View, code_layout, groups

ADDRESS = "pair.example/device"
CODE = "WDJB-MJHT"
ONE_LINE, GROUPS, NO_DASH = (CODE,), ("WDJB-", "MJHT"), ("WDJB", "MJHT")


def layout(
    width: int,
    height: int,
    *,
    user_code: str = CODE,
    qr_side: int = 25,
    view: View = View.ALL,
    note: bool = False,
) -> CodeLayout:
    return code_layout(user_code, Space(width, height, ADDRESS, qr_side, has_note=note), view)


@pytest.mark.parametrize(
    ("size", "letters", "place", "qr_columns", "clock"),
    [
        ((320, 90), Letters(3, ONE_LINE), Place.BESIDE, 4, 2),
        ((200, 60), Letters(2, ONE_LINE), Place.BESIDE, 2, 1),
        ((120, 40), Letters(2, NO_DASH), Place.BESIDE, 2, 1),
        ((100, 32), Letters(1, ONE_LINE), Place.BESIDE, 1, 1),
        ((80, 24), Letters(1, GROUPS), Place.BESIDE, 1, 0),
        ((60, 40), Letters(1, GROUPS), Place.ABOVE, 1, 0),
        ((60, 20), Letters(1, NO_DASH), Place.BESIDE, 1, 0),
        ((51, 20), Letters(1, GROUPS), Place.NOWHERE, 1, 0),
        ((40, 12), Letters(1, GROUPS), Place.NOWHERE, 1, 0),
        ((40, 10), Letters(0, ("W D J B - M J H T",)), Place.NOWHERE, 1, 0),
        ((20, 6), Letters(0, ("W D J B - M J H T",)), Place.NOWHERE, 1, 0),
        ((20, 3), Letters(0, ("W D J B - M J H T",)), Place.NOWHERE, 1, 0),
        ((10, 3), Letters(0, (CODE,)), Place.NOWHERE, 1, 0),
    ],
)
def test_best_layout_that_fits_is_chosen(
    size: tuple[int, int], letters: Letters, place: Place, qr_columns: int, clock: int
) -> None:
    chosen = layout(*size)
    assert (chosen.letters, chosen.place) == (letters, place)
    assert (chosen.qr_columns, chosen.clock_scale) == (qr_columns, clock)


def test_address_gives_way_to_the_code_on_one_row() -> None:
    assert [(layout(width, 1).chrome, layout(width, 1).has_address) for width in (145, 20)] == [
        (Chrome.LINE, True),
        (Chrome.LINE, False),
    ]


def test_instructions_stay_on_51_by_20() -> None:
    assert layout(51, 20).chrome is Chrome.COMPACT


def test_qr_code_fits_on_80_by_24_beside_a_note() -> None:
    assert layout(80, 24, note=True).place is Place.BESIDE


def test_larger_symbol_fits_on_80_by_24() -> None:
    assert layout(80, 24, qr_side=29).place is Place.BESIDE


def test_qr_code_doubles_only_with_letters_that_are_apart() -> None:
    """The reader of the drawn screen holds the gap; here: big letters beside every larger QR code."""
    for width in range(20, 330, 7):
        for height in range(6, 92, 3):
            chosen = layout(width, height)
            if chosen.qr_scale > 1:
                assert chosen.letters.scale >= 1


def test_layout_is_never_larger_than_the_screen() -> None:
    for width in range(20, 330, 7):
        for height in range(6, 92, 3):
            chosen = layout(width, height)
            columns, rows = chosen.letters.size()
            side = (25 + 2 * chosen.quiet) * chosen.qr_columns
            if chosen.place is Place.BESIDE:
                columns, rows = columns + side, max(rows, side // 2)
            elif chosen.place is Place.ABOVE:
                columns, rows = max(columns, side), rows + side // 2
            assert (columns <= width, rows <= height) == (True, True), (width, height)


def test_views_show_the_code_alone_and_the_qr_code_with_a_small_code() -> None:
    alone, scanned = layout(100, 32, view=View.CODE), layout(100, 32, view=View.QR)
    assert (alone.place, alone.letters) == (Place.NOWHERE, Letters(2, GROUPS))
    assert (scanned.place, scanned.letters.scale) == (Place.BESIDE, 0)


def test_code_without_big_letters_is_written_in_ordinary_ones() -> None:
    assert layout(80, 24, user_code="ждjb-mjht").letters == Letters(0, ("ж д j b - m j h t",))


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
