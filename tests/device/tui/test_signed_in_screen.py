"""The connected screen, and the question before a sign-out."""

from collections.abc import Callable
from datetime import datetime
from pathlib import Path

import httpx
import pytest
from textual.geometry import Region

from pairgrant.session.stored_tokens import StoredTokens
from pairgrant.session.token_store import FileTokenStore
from pairgrant.tui.notice_pages import INDENT
from pairgrant.tui.screens.message import MessageScreen
from pairgrant.tui.screens.sign_out import SignOutQuestion
from pairgrant.tui.screens.signed_in import SignedInScreen
from pairgrant.tui.screens.start import StartScreen
from pairgrant.tui.widgets.notice_pages import NoticePages
from tests.device.manual_clock import WALL
from tests.device.simulated_server import SimulatedServer
from tests.device.tui.app_under_test import ESCAPED, HOSTILE, SIZES, AppUnderTest, Open, code_on
from tests.device.tui.screen_reader import big_letters, qr_text


def local_time(seconds: float) -> str:
    """The time of day ``seconds`` after the start of the test."""
    return f"{datetime.fromtimestamp(WALL + seconds).astimezone():%H:%M}"


def newest_notice(seen: AppUnderTest) -> str:
    """The newest notice as a person reads it, in capitals."""
    board = seen.app.screen.query_one(NoticePages)
    newest, area = board.newest, board.region
    if newest is None or not newest.scale:
        return seen.words.upper()
    lines = Region(area.x + INDENT, area.y + newest.padding, area.width - INDENT, newest.rows - 1)
    return big_letters(seen.app.screen, lines, newest.scale).upper()


class TestSignedIn:
    async def test_approval_opens_the_users_notices(
        self, server: SimulatedServer, at_code: Open, store: FileTokenStore
    ) -> None:
        server.on("/token", server.says(server.tokens()))
        async with at_code() as seen:
            await seen.pass_time(5)
            assert "Hello, Ada Lovelace" in seen.text
            assert "Lunch is at 12" in seen.text
            assert "2 min ago" in seen.text
            assert "✓ Connected since" in seen.text
            assert store.load() is not None

    async def test_stored_sign_in_needs_no_pairing(self, server: SimulatedServer, at_home: Open) -> None:
        async with at_home() as seen:
            assert "Hello, Ada Lovelace" in seen.text
            assert server.asked("/device_authorization") == []

    async def test_refused_token_file_is_reported(
        self,
        opened: Open,
        stored: Callable[..., StoredTokens],
        keep: Callable[[StoredTokens], None],
        tmp_path: Path,
    ) -> None:
        keep(stored())
        (tmp_path / "state" / "tokens.json").chmod(0o644)
        async with opened() as seen:
            assert "chmod 600" in seen.words

    async def test_no_token_is_on_the_screen(self, server: SimulatedServer, at_home: Open) -> None:
        server.on("/token", server.says(server.tokens(1)))
        async with at_home() as seen:
            before = seen.app.export_screenshot()
            await seen.press("r")
            after = seen.app.export_screenshot()
            for token in ("access-0", "refresh-0", "access-1", "refresh-1"):
                assert token not in before + after

    async def test_notices_are_updated(self, server: SimulatedServer, at_home: Open) -> None:
        async with at_home() as seen:
            notices = [{"id": "2", "text": f"New {HOSTILE}"}, {"id": "1", "text": "Lunch is at 12"}]
            server.on("/board/notices", server.says({"notices": notices}))
            await seen.pass_time(5)
            assert f"New {ESCAPED}"[:40] in seen.text
            server.on("/board/notices", server.says({"notices": []}))
            await seen.pass_time(5)
            assert "No notices yet" in seen.text

    async def test_ages_of_notices_are_updated(self, at_home: Open) -> None:
        async with at_home() as seen:
            await seen.pass_time(60)
            assert "3 min ago" in seen.text

    async def test_number_and_time_of_refreshes_are_shown(
        self, server: SimulatedServer, at_home: Open
    ) -> None:
        server.on("/token", *(server.says(server.tokens(number)) for number in (1, 2)))
        async with at_home() as seen:
            assert "ACCESS TOKEN" not in seen.text
            await seen.press("i")
            assert "Not refreshed yet · next refresh in 8:00" in seen.text
            assert "10:00 left" in seen.text
            await seen.pass_time(480)
            assert "Refreshed 1 time" in seen.text
            await seen.press("r")
            assert "Refreshed 2 times · next refresh in 8:00" in seen.text
            await seen.press("x")
            assert isinstance(seen.app.screen, SignedInScreen)

    async def test_outage_keeps_the_sign_in_and_the_old_notices(
        self, server: SimulatedServer, at_home: Open
    ) -> None:
        async with at_home() as seen:
            for path in ("/token", "/board/notices"):
                server.on(path, server.says(b"", 503))
            await seen.pass_time(481)
            assert f"! Showing what was here at {local_time(5)}. Trying again …" in seen.text
            assert "✓" not in seen.text
            assert "Lunch is at 12" in seen.text
            assert "You stay signed in; trying again in" in seen.words
            server.on("/token", server.says(server.tokens(1)))
            server.on("/board/notices", server.says({"notices": []}))
            await seen.pass_time(40)
            assert "Showing what was here" not in seen.text
            assert "✓ Connected" in seen.text

    async def test_ended_sign_in_is_shown_with_the_reason(
        self, server: SimulatedServer, at_home: Open, store: FileTokenStore
    ) -> None:
        """RFC 8628 §3.1: no code is asked for before the person wants one."""
        server.on("/token", server.says({"error": "invalid_grant"}, 400))
        async with at_home() as seen:
            await seen.press("r")
            assert "No longer connected" in seen.text
            assert "The server has ended this sign-in" in seen.words
            await seen.pass_time(700)
            assert server.asked("/device_authorization") == []
            assert store.load() is None
            await seen.press("enter")
            assert code_on(seen.text)

    async def test_hostile_names_are_shown_escaped(self, server: SimulatedServer, at_home: Open) -> None:
        server.on("/userinfo", server.says({"sub": "1", "name": HOSTILE}))
        async with at_home(size=(120, 40)) as seen:
            assert f"Hello, {ESCAPED}" in seen.text
            assert seen.app.is_running

    async def test_greeting_and_newest_notice_are_shown_at_every_size(self, at_home: Open) -> None:
        async with at_home() as seen:
            for size in SIZES:
                await seen.resize(size)
                assert "ADA LOVELACE" in seen.headline, size
                assert "LUNCH IS AT 12" in newest_notice(seen), size
                assert "✓ Connected" in seen.words, size

    async def test_trouble_is_shown_in_one_place_at_every_size(
        self, server: SimulatedServer, at_home: Open
    ) -> None:
        async with at_home() as seen:
            server.on("/board/notices", server.says(b"", 503))
            await seen.pass_time(5)
            for size in SIZES:
                await seen.resize(size)
                says = f"! Showing what was here at {local_time(5)}. Trying again"
                assert f"{says} …" in seen.words or f"{says} ..." in seen.words, size
                assert "LUNCH IS AT 12" in newest_notice(seen), size
                assert "Connected" not in seen.text, size

    async def test_connected_is_not_said_before_the_server_responds(
        self, server: SimulatedServer, at_home: Open
    ) -> None:
        for path in ("/board/notices", "/userinfo", "/.well-known/oauth-authorization-server"):
            server.on(path, server.fails(httpx.ConnectError))
        async with at_home() as seen:
            assert "! No connection to pair.example. Trying again …" in seen.text
            assert "Connected" not in seen.text
            for path in ("/.well-known/oauth-authorization-server",):
                server.on(path, server.says(server.document()))
            server.on("/board/notices", server.says({"notices": []}))
            await seen.pass_time(40)
            assert "✓ Connected" in seen.text

    async def test_permissions_and_the_time_of_the_sign_in_are_shown(self, at_home: Open) -> None:
        async with at_home({"signed_in_at": WALL - 3600}) as seen:
            assert f"✓ Connected since {local_time(-3600)}" in seen.text
            assert "This screen may know your name and show notices." in seen.text

    async def test_server_without_a_board_is_named_with_what_the_sign_in_is_for(
        self, server: SimulatedServer, at_home: Open
    ) -> None:
        document = {**server.document(), "protected_resources": []}
        server.on("/.well-known/oauth-authorization-server", server.says(document))
        async with at_home({"scope": ("openid", "email", "drive.read")}) as seen:
            assert "Hello, Ada Lovelace" in seen.text
            assert "Signed in at pair.example." in seen.text
            assert "This screen may know your e-mail address and drive.read." in seen.text
            assert "no notice board" not in seen.text


class TestNoticePages:
    async def test_pages_change_by_themselves_and_show_every_notice_whole(
        self, server: SimulatedServer, at_home: Open
    ) -> None:
        texts = [
            f"Notice {number}: leave by the north stairs, please, and take nothing" for number in range(9)
        ]
        server.on("/board/notices", server.says({"notices": [{"text": text} for text in texts]}))
        async with at_home(size=(40, 12)) as seen:
            shown = []
            for _ in range(9):
                shown.append(" ".join(seen.text.replace("▌", "").split()))
                await seen.pass_time(8)
            assert all(any(text in page for page in shown) for text in texts)
            assert "1/" in shown[0]

    async def test_new_notice_jumps_into_view(self, server: SimulatedServer, at_home: Open) -> None:
        notices = [{"text": f"Notice number {number} of this morning"} for number in range(20)]
        server.on("/board/notices", server.says({"notices": notices}))
        async with at_home(size=(60, 20)) as seen:
            await seen.pass_time(9)
            assert "2/" in seen.text
            server.on("/board/notices", server.says({"notices": [{"text": "Fire drill"}, *notices]}))
            await seen.pass_time(5)
            assert "Fire drill" in seen.text
            assert "1/" in seen.text

    async def test_page_for_posting_is_shown_as_a_line_or_as_a_card_with_a_qr_code(
        self, server: SimulatedServer, at_home: Open
    ) -> None:
        page = "https://pair.example/board"
        server.on("/board/notices", server.says({"notices": [{"text": "Lunch"}], "page": page}))
        async with at_home() as seen:
            assert "Post at pair.example/board" in seen.text
            assert qr_text(seen.app.screen) == ""
            for size in [(200, 60), (320, 90)]:
                await seen.resize(size)
                assert qr_text(seen.app.screen) == page, size
                assert "Post here" in seen.words
                assert "pair.example/board" in seen.text
                assert f"Updated {local_time(0)}" in seen.text
            server.on("/board/notices", server.says({"notices": [], "page": "https://evil.example/board"}))
            await seen.pass_time(5)
            assert qr_text(seen.app.screen) == ""
            assert "Post" not in seen.text

    async def test_time_of_day_is_beside_the_name_and_big_on_a_large_screen(self, at_home: Open) -> None:
        async with at_home() as seen:
            assert f"{local_time(0)}" in seen.text
            for size in [(120, 40), (200, 60), (320, 90)]:
                await seen.resize(size)
                assert f"ADA LOVELACE {local_time(0)}" in seen.words, size
            await seen.pass_time(60)
            assert local_time(60) in seen.words

    async def test_board_is_not_drawn_again_while_it_looks_the_same(
        self, at_home: Open, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """An idle screen costs nothing; the age changes after a minute."""
        async with at_home() as seen:
            drawn: list[object] = []
            monkeypatch.setattr(seen.app.screen.query_one(NoticePages), "update", drawn.append)
            await seen.pass_time(4)
            await seen.pass_time(4)
            assert drawn == []
            await seen.pass_time(60)
            assert len(drawn) == 1


class TestSignOut:
    async def test_sign_out_asks_for_confirmation(self, server: SimulatedServer, at_home: Open) -> None:
        async with at_home() as seen:
            await seen.press("l")
            assert isinstance(seen.app.screen, SignOutQuestion)
            await seen.press("n")
            assert isinstance(seen.app.screen, SignedInScreen)
            assert server.asked("/revoke") == []

    async def test_confirmed_sign_out_revokes_deletes_and_returns_to_the_start(
        self, server: SimulatedServer, at_home: Open, store: FileTokenStore
    ) -> None:
        async with at_home() as seen:
            await seen.press("l")
            await seen.press("y")
            assert isinstance(seen.app.screen, StartScreen)
            assert "Signed out. The tokens are revoked." in seen.text
            assert [form["token"] for form in server.forms("/revoke")] == ["refresh-0"]
            assert store.load() is None
            asked = len(server.requests)
            await seen.pass_time(700)
            assert len(server.requests) == asked

    async def test_failed_revocation_is_shown(
        self, server: SimulatedServer, at_home: Open, store: FileTokenStore
    ) -> None:
        server.on("/revoke", server.says(b"", 503))
        async with at_home() as seen:
            await seen.press("l")
            await seen.press("y")
            assert "but not at the server" in seen.words
            assert store.load() is None

    async def test_ended_sign_in_closes_the_question(self, server: SimulatedServer, at_home: Open) -> None:
        server.on("/token", server.says({"error": "invalid_grant"}, 400))
        async with at_home() as seen:
            await seen.press("l")
            await seen.pass_time(481)
            assert isinstance(seen.app.screen, MessageScreen)

    async def test_keys_of_the_question_are_shown_at_every_size(self, at_home: Open) -> None:
        async with at_home() as seen:
            await seen.press("l")
            for size in SIZES:
                await seen.resize(size)
                assert "y Sign out" in seen.words, size
                assert "n Stay" in seen.words, size
