"""What may stand on a board."""

import pytest

from pairgrant_server.authorization_server.model.records import Notice
from pairgrant_server.authorization_server.store.errors import StoreUnavailableError
from pairgrant_server.resource_server.notice_boards import (
    MAX_NOTICES,
    BoardError,
    BoardFullError,
    NoticeBoards,
    notice_text,
    random_id,
)

NOW = 1_790_000_000.0


async def test_posted_notices_are_on_their_users_board_newest_first(board: NoticeBoards) -> None:
    first = await board.post("u1", "  Milk  ")
    second = await board.post("u1", "Bread")
    await board.post("u2", "Not yours")
    assert first == Notice("n1", "u1", "Milk", NOW)
    assert await board.notices("u1") == [second, first]


async def test_a_notice_is_removed_by_its_user_alone(board: NoticeBoards) -> None:
    notice = await board.post("u1", "Milk")
    assert not await board.remove("u2", notice.notice_id)
    assert await board.remove("u1", notice.notice_id)
    assert not await board.remove("u1", notice.notice_id)
    assert await board.notices("u1") == []


async def test_a_full_board_says_so_until_something_is_removed(board: NoticeBoards) -> None:
    notices = [await board.post("u1", f"Notice {number}") for number in range(MAX_NOTICES)]
    with pytest.raises(BoardFullError, match="Remove one first"):
        await board.post("u1", "One more")
    await board.post("u2", "Other boards have room")
    assert await board.remove("u1", notices[0].notice_id)
    await board.post("u1", "One more")


async def test_unavailable_store_is_not_an_empty_board(board: NoticeBoards, troubles: set[str]) -> None:
    troubles.add("store")
    with pytest.raises(StoreUnavailableError):
        await board.notices("u1")


@pytest.mark.parametrize(
    "text",
    [
        "x",
        "x" * 200,
        "Straße, 東京, שלום",
        "<b>not bold</b> & 'so on'",
        "👩\u200d👩\u200d👧 at 5",
        "\u0645\u06cc\u200c\u062e",
    ],
)
def test_one_line_of_any_language_is_kept_as_it_is(text: str) -> None:
    assert notice_text(f"  {text}\n") == text


@pytest.mark.parametrize("text", ["", " \t\r\n ", "\u200b\u200d", "\u3000", "\u00a0\u2060", "\u3164"])
def test_a_notice_that_shows_nothing_is_empty(text: str) -> None:
    with pytest.raises(BoardError, match="empty"):
        notice_text(text)


def test_error_for_a_long_notice_names_its_length() -> None:
    with pytest.raises(BoardError, match="at most 200 characters; this one has 201"):
        notice_text("x" * 201)


@pytest.mark.parametrize(
    "steering",
    [
        "\x00",
        "\x07",
        "\x1b[2J",
        "a\nb",
        "a\rb",
        "\x7f",
        "\x9b",
        "\u2028",
        "\u2029",
        "\u202e",
        "\u2066",
        "\ud800",
    ],
)
def test_control_characters_are_refused(steering: str) -> None:
    with pytest.raises(BoardError, match="control characters"):
        notice_text(f"before{steering}after")


def test_identifiers_fit_into_a_path_and_are_unique() -> None:
    made = {random_id() for _ in range(100)}
    assert len(made) == 100
    assert all(len(each) == 32 and each.isalnum() for each in made)
