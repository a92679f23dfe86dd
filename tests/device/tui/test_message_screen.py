"""The screen that says how a pairing ended."""

from pathlib import Path
from typing import Any

import httpx
import pytest

from pairgrant.tui.screens.message import MessageScreen
from pairgrant.tui.screens.start import StartScreen
from tests.device.simulated_server import SimulatedServer
from tests.device.tui.app_under_test import ESCAPED, HOSTILE, SIZES, Open, code_on


class TestMessage:
    @pytest.mark.parametrize(
        ("members", "headline"),
        [
            ({"error": "access_denied"}, "Denied"),
            ({"error": "invalid_grant"}, "Sign-in failed"),
            ({"error": "invalid_client"}, "This device is not registered"),
        ],
    )
    async def test_end_of_a_pairing_is_shown_and_no_code(
        self, server: SimulatedServer, at_code: Open, members: Any, headline: str
    ) -> None:
        """RFC 8628 §5.5: a person who comes later must not read it."""
        server.on("/token", server.says(members, 400))
        async with at_code() as seen:
            await seen.pass_time(5)
            assert isinstance(seen.app.screen, MessageScreen)
            assert seen.headline == headline.upper()
            assert "Press Enter" in seen.text
            assert not code_on(seen.text)
            assert "█" * 29 not in seen.text

    async def test_kiosk_rests_after_three_renewals_until_a_key_is_pressed(
        self, server: SimulatedServer, at_code: Open
    ) -> None:
        """RFC 8628 §3.5: codes that nobody uses are not requested for ever."""
        server.on("/device_authorization", server.says(server.code(expires_in=30, interval=15)))
        async with at_code() as seen:
            await seen.pass_time(200)
            assert isinstance(seen.app.screen, StartScreen)
            assert len(server.asked("/device_authorization")) == 4
            await seen.press("space")
            assert len(server.asked("/device_authorization")) == 5
            assert code_on(seen.text)

    @pytest.mark.parametrize(
        ("reply", "says"),
        [
            (("fails", httpx.ConnectError), "The server can't be reached"),
            (("says", b"", 503), "The server is busy"),
            (("says", {"error": "invalid_client"}, 401), "--client-id"),
            (("says", b"<html>", 404), "no device sign-in"),
            (("says", b"<html>", 200), "something other than JSON"),
            (("says", {"error": "x", "error_description": HOSTILE}, 400), ESCAPED[:20]),
        ],
    )
    async def test_failed_start_is_shown_with_what_to_do(
        self, server: SimulatedServer, opened: Open, reply: tuple[Any, ...], says: str
    ) -> None:
        server.on("/device_authorization", getattr(server, reply[0])(*reply[1:]))
        async with opened() as seen:
            await seen.press("enter")
            assert isinstance(seen.app.screen, MessageScreen)
            assert says in seen.words
            assert "Try" in seen.words
            server.on("/device_authorization", server.says(server.code()))
            await seen.press("enter")
            await seen.pass_time(1)
            assert code_on(seen.text)

    async def test_escape_returns_to_the_start(self, server: SimulatedServer, at_code: Open) -> None:
        server.on("/token", server.says({"error": "access_denied"}, 400))
        async with at_code() as seen:
            await seen.pass_time(5)
            await seen.press("escape")
            assert isinstance(seen.app.screen, StartScreen)

    async def test_next_step_is_shown_at_every_size(self, server: SimulatedServer, at_code: Open) -> None:
        server.on("/token", server.says({"error": "access_denied"}, 400))
        async with at_code() as seen:
            await seen.pass_time(5)
            for size in SIZES:
                await seen.resize(size)
                assert seen.headline == "DENIED", size
                assert "Press Enter for a new code" in seen.words, size

    async def test_unusable_store_is_shown_before_a_code_is_requested(
        self, server: SimulatedServer, opened: Open, tmp_path: Path
    ) -> None:
        async with opened() as seen:
            (tmp_path / "state").mkdir(mode=0o700)
            (tmp_path / "state" / "tokens.json").mkdir()
            await seen.press("enter")
            assert "The sign-in can't be stored" in seen.text
            assert server.requests == []
