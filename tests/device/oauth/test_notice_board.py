"""The address where a person posts notices, as the board says it."""

import pytest

from pairgrant.oauth.notice_board import NoticeBoard
from pairgrant.oauth.transport import Transport
from pairgrant_protocol.secret import Secret
from tests.device.simulated_server import SimulatedServer


@pytest.mark.parametrize(
    ("page", "shown"),
    [
        ("https://pair.example/board", "https://pair.example/board"),
        ("https://evil.example/board", None),
        ("http://pair.example/board", None),
        ("https://pair.example:444/board", None),
        ("https://user@pair.example/board", None),
        ("javascript:alert(1)", None),
        ("https://pair.example/a b", None),
        ("https://pair.example/\x1b[2J", None),
        ("https://pair.example/é", None),
        ("https://[/board", None),
        ("https://pair.example/" + "a" * 200, None),
        (7, None),
        (None, None),
    ],
)
async def test_page_for_posting_counts_only_at_the_origin_of_the_board(
    server: SimulatedServer, transport: Transport, page: object, shown: str | None
) -> None:
    server.on("/board/notices", server.says({"notices": [], "page": page}))
    board = NoticeBoard(transport, resource="https://pair.example/board")
    assert await board.notices(Secret("access-0")) == ()
    assert board.page == shown
