"""Notices on pages: none is cut."""

from pairgrant.tui.notice_pages import DWELL, Piece, page_at, pages, wrapped


def test_pages_hold_whole_notices_in_order() -> None:
    laid_out = pages(["one two", "three", "four"], width=5, height=6)
    assert laid_out == [
        (Piece(0, ("one", "two")), Piece(1, ("three",))),
        (Piece(2, ("four",)),),
    ]


def test_notice_that_is_longer_than_a_page_goes_on_on_the_next() -> None:
    laid_out = pages(["a b c d e"], width=1, height=3)
    assert [piece.lines for page in laid_out for piece in page] == [("a", "b"), ("c", "d"), ("e",)]


def test_no_page_is_higher_than_its_area_and_no_text_is_lost() -> None:
    texts = [f"notice {number} " + "word " * number for number in range(30)]
    for width in (3, 16, 36, 110):
        for height in (2, 3, 5, 12, 30):
            laid_out = pages(texts, width=width, height=height)
            for page in laid_out:
                assert sum(len(piece.lines) + 2 for piece in page) - 1 <= height
            said = "".join(line for page in laid_out for piece in page for line in piece.lines)
            assert said.replace(" ", "") == "".join(texts).replace(" ", "")


def test_newest_notice_has_big_letters_where_they_take_half_of_the_area_at_most() -> None:
    laid_out = pages(["Fire drill", "Lunch"], width=150, height=14, scale=2)
    assert laid_out == [(Piece(0, ("FIRE DRILL",), 2), Piece(1, ("Lunch",)))]
    assert laid_out[0][0].rows == 7
    assert pages(["Fire drill"], width=150, height=6, scale=2) == [(Piece(0, ("Fire drill",)),)]


def test_lines_are_broken_at_spaces_and_by_cells() -> None:
    assert wrapped("leave by the stairs", 9) == ["leave by", "the", "stairs"]
    assert wrapped("abcdefgh", 3) == ["abc", "def", "gh"]
    assert wrapped("日本語", 4) == ["日本", "語"]
    assert wrapped("", 4) == [""]


def test_pages_take_turns_after_their_dwell_time() -> None:
    assert [page_at(3, DWELL * turn) for turn in (0, 0.9, 1, 2, 3, 4.5)] == [0, 0, 1, 2, 0, 1]
    assert page_at(0, 100) == 0
