"""Notices on cards: the newest one stays, the others take turns, and none is cut."""

from itertools import chain

from pairgrant.tui.notice_pages import DWELL, Board, Card, lay_out, page_at, wrapped

NOTICES = ["Fire drill", *(f"notice {number} " + "word " * number for number in range(30))]


def cards(board: Board) -> list[Card]:
    shown = [board.newest] if board.newest else []
    return shown + [card for page in board.pages for column in page for card in column]


def test_newest_notice_stands_above_all_pages() -> None:
    board = lay_out(["Lunch", "two", "three", "four"], width=9, height=9, scale=0)
    assert board.newest == Card(0, ("Lunch",))
    assert board.pages == (((Card(1, ("two",)), Card(2, ("three",))),), ((Card(3, ("four",)),),))


def test_newest_notice_takes_its_turn_where_another_needs_the_whole_area() -> None:
    board = lay_out(["Lunch", "a b c d e f"], width=3, height=5, scale=0)
    assert board.newest is None
    assert "".join(chain.from_iterable(card.lines for card in cards(board))) == "Lunchabcdef"


def test_no_page_is_higher_or_wider_than_its_area_and_no_text_is_lost() -> None:
    for width in (5, 18, 38, 112, 149, 227):
        for height in (2, 3, 5, 12, 30, 60):
            for scale in (1, 2, 3):
                board = lay_out(NOTICES, width=width, height=height, scale=scale)
                above = board.newest.rows + 1 if board.newest else 0
                assert board.width <= width
                for page in board.pages:
                    for column in page:
                        assert above + sum(card.rows + 1 for card in column) - 1 <= height
                in_order = sorted(cards(board), key=lambda card: card.number)
                said = "".join(chain.from_iterable(card.lines for card in in_order))
                assert said.replace(" ", "") == "".join(NOTICES).replace(" ", "")


def test_newest_notice_has_big_letters_on_a_large_screen() -> None:
    board = lay_out(["Fire drill", "Lunch"], width=150, height=20, scale=2)
    assert board.newest == Card(0, ("Fire drill",), 2)
    assert lay_out(["Fire drill"], width=150, height=4, scale=2).newest == Card(0, ("Fire drill",))


def test_other_notices_stand_in_three_columns_on_a_wide_screen_and_in_two_big_ones_on_a_wall() -> None:
    board = lay_out(["Fire drill", "one", "two", "three", "four"], width=149, height=43, scale=2)
    assert [[card.number for card in column] for column in board.pages[0]] == [[1, 4], [2], [3]]
    board = lay_out(["Fire drill", "one", "two", "three"], width=227, height=62, scale=3)
    assert [[(card.number, card.scale) for card in column] for column in board.pages[0]] == [
        [(1, 1), (3, 1)],
        [(2, 1)],
    ]


def test_cards_have_room_around_their_text_on_a_high_screen() -> None:
    assert [lay_out(["a"], width=40, height=height, scale=0).newest for height in (23, 24)] == [
        Card(0, ("a",)),
        Card(0, ("a",), padding=1),
    ]


def test_lines_are_broken_at_spaces_and_by_cells() -> None:
    assert wrapped("leave by the stairs", 9) == ["leave by", "the", "stairs"]
    assert wrapped("abcdefgh", 3) == ["abc", "def", "gh"]
    assert wrapped("日本語", 4) == ["日本", "語"]
    assert wrapped("", 4) == [""]


def test_pages_take_turns_after_their_dwell_time() -> None:
    assert [page_at(3, DWELL * turn) for turn in (0, 0.9, 1, 2, 3, 4.5)] == [0, 0, 1, 2, 0, 1]
    assert page_at(0, 100) == 0
