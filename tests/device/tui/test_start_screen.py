"""The start screen."""

import asyncio
from collections.abc import AsyncIterator

import httpx

from pairgrant.tui.screens.code import CodeScreen
from tests.device.simulated_server import SimulatedServer
from tests.device.tui.app_under_test import HOSTILE, SIZES, Open, code_on


class TestStart:
    async def test_no_code_is_requested_before_a_key_is_pressed(
        self, server: SimulatedServer, opened: Open
    ) -> None:
        """RFC 8628 §3.1."""
        async with opened() as seen:
            await seen.pass_time(700)
            assert server.requests == []
            assert "Press Enter" in seen.text

    async def test_enter_requests_a_code(self, server: SimulatedServer, opened: Open) -> None:
        async with opened() as seen:
            await seen.press("enter")
            assert len(server.asked("/device_authorization")) == 1
            assert code_on(seen.text)

    async def test_tap_requests_a_code(self, server: SimulatedServer, opened: Open) -> None:
        async with opened() as seen:
            await seen.pilot.click("CallToAction")
            await seen.rest()
            assert isinstance(seen.app.screen, CodeScreen)

    async def test_repeated_enter_starts_one_pairing(self, server: SimulatedServer, opened: Open) -> None:
        async with opened() as seen:
            await seen.pilot.press("enter", "enter", "enter")
            await seen.rest()
            await seen.pass_time(11)
            assert len({form["device_code"] for form in server.forms("/token")}) == 1
            assert len(server.forms("/token")) == 2

    async def test_pending_request_can_be_cancelled(self, server: SimulatedServer, opened: Open) -> None:
        class Silence(httpx.AsyncByteStream):
            async def __aiter__(self) -> AsyncIterator[bytes]:
                await asyncio.Event().wait()
                yield b""

        server.on("/device_authorization", lambda _request: httpx.Response(200, stream=Silence()))
        async with opened() as seen:
            await seen.press("enter")
            assert "Requesting a code" in seen.text
            await seen.press("escape")
            assert "Press Enter to start" in seen.text

    async def test_hint_and_warning_are_shown(self, opened: Open) -> None:
        async with opened(hint=f"Demo {HOSTILE}", issuer="http://192.168.1.20:8628") as seen:
            assert "not encrypted" in seen.words
            assert "Demo \\x1b]52;" in seen.words

    async def test_next_step_is_shown_on_the_start_screen_at_every_size(self, opened: Open) -> None:
        async with opened() as seen:
            for size in SIZES:
                await seen.resize(size)
                assert "Press Enter to start" in seen.words, size

    async def test_command_palette_is_disabled(self, at_code: Open) -> None:
        async with at_code() as seen:
            await seen.press("ctrl+p")
            assert isinstance(seen.app.screen, CodeScreen)
