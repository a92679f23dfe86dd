"""The screen for the return PIN."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import httpx
import pytest

from pairgrant.tui.screens.message import MessageScreen
from pairgrant.tui.screens.pin import PinScreen
from pairgrant.tui.screens.start import StartScreen
from pairgrant.tui.widgets.pin_digits import drawn
from tests.device.simulated_server import SimulatedServer
from tests.device.tui.app_under_test import SIZES, AppUnderTest, Open, code_on
from tests.device.tui.screen_reader import cut_texts


class TestPin:
    """The digits that only the phone shows."""

    @pytest.fixture
    def at_pin(self, server: SimulatedServer, at_code: Open) -> Open:
        """``async with at_pin(…) as seen``: approved, and the digits are requested."""

        @asynccontextmanager
        async def open_app(**options: Any) -> AsyncIterator[AppUnderTest]:
            server.on("/token", server.pending("entering_pin"))
            async with at_code(**options) as seen:
                await seen.pass_time(5)
                assert isinstance(seen.app.screen, PinScreen)
                yield seen

        return open_app

    def pins(self, server: SimulatedServer) -> list[str | None]:
        return [form.get("return_pin") for form in server.forms("/token")]

    async def test_instruction_is_shown_at_every_size_and_no_code(self, at_pin: Open) -> None:
        async with at_pin() as seen:
            for size in SIZES:
                await seen.resize(size)
                assert not cut_texts(seen.app.screen), size
                assert seen.app.screen.query_one("#pin .lead").region.height > 0, size
                assert not code_on(seen.text), size
                await seen.press("0", "4")
                big = [drawn("04", scale) for scale in (1, 2, 3)]
                is_big = any(all(row.strip() in seen.text for row in rows) for rows in big)
                assert is_big or "0 4 _" in seen.text, size
                await seen.press("backspace", "backspace")

    async def test_nothing_is_polled_while_the_person_types(
        self, server: SimulatedServer, at_pin: Open
    ) -> None:
        async with at_pin() as seen:
            await seen.pass_time(120)
            await seen.press("0", "4", "2")
            await seen.pass_time(10)
            assert self.pins(server) == [None]

    async def test_enter_sends_the_digits_and_the_notices_open(
        self, server: SimulatedServer, at_pin: Open
    ) -> None:
        async with at_pin() as seen:
            await seen.press("0", "4", "1", "backspace", "x", "2")
            assert "Then press Enter" in seen.text
            server.on("/token", server.says(server.tokens()))
            await seen.press("enter")
            await seen.pass_time(5)
            assert "Hello, Ada Lovelace" in seen.text
            assert self.pins(server) == [None, "042"]

    async def test_taps_act_like_keys(self, server: SimulatedServer, at_pin: Open) -> None:
        async with at_pin() as seen:
            for target in ("#pad-0", "#pad-4", "#pad-2", "#pad-enter"):
                await seen.pilot.click(target)
            await seen.rest()
            assert "Checking" in seen.text
            await seen.pass_time(5)
            assert self.pins(server) == [None, "042"]

    async def test_too_few_digits_are_not_sent_and_too_many_are_ignored(
        self, server: SimulatedServer, at_pin: Open
    ) -> None:
        async with at_pin() as seen:
            await seen.press("0", "4", "enter")
            await seen.pass_time(10)
            assert self.pins(server) == [None]
            await seen.press("2", "3", "٣", "enter")
            await seen.pass_time(5)
            assert self.pins(server) == [None, "042"]

    async def test_wrong_digits_are_reported_and_can_be_typed_again(
        self, server: SimulatedServer, at_pin: Open
    ) -> None:
        async with at_pin() as seen:
            await seen.press("0", "4", "3", "enter")
            await seen.press("9", "backspace", "enter")  # nothing to type while they are looked at
            await seen.pass_time(5)
            assert "Wrong digits. 2 tries left." in seen.text
            await seen.press("0", "4", "4", "enter")
            await seen.pass_time(5)
            assert "Wrong digits. 1 try left." in seen.text
            server.on("/token", server.says({"error": "access_denied"}, 400))
            await seen.press("0", "4", "5", "enter")
            await seen.pass_time(5)
            assert self.pins(server) == [None, "043", "044", "045"]
            assert isinstance(seen.app.screen, MessageScreen)
            assert "Wrong digits" in seen.text
            assert "denied on the phone" not in seen.words

    async def test_digits_are_sent_again_after_a_lost_response(
        self, server: SimulatedServer, at_pin: Open
    ) -> None:
        async with at_pin() as seen:
            server.on("/token", server.fails(httpx.ConnectError), server.says(server.tokens()))
            await seen.press("0", "4", "2", "enter")
            await seen.pass_time(6)
            assert "No response since" in seen.text
            await seen.pass_time(10)
            assert "Hello, Ada Lovelace" in seen.text
            assert self.pins(server) == [None, "042", "042"]

    async def test_code_that_expires_while_no_digits_are_typed_is_replaced(
        self, server: SimulatedServer, at_pin: Open
    ) -> None:
        async with at_pin() as seen:
            assert "9:55" in seen.text
            await seen.pass_time(590)
            server.on("/token", server.pending())
            await seen.pass_time(10)
            assert code_on(seen.text)
            assert len(server.asked("/device_authorization")) == 2

    async def test_digits_of_one_pairing_are_not_sent_for_the_next(
        self, server: SimulatedServer, at_pin: Open
    ) -> None:
        async with at_pin() as seen:
            await seen.press("0", "4", "2", "enter", "escape")
            assert isinstance(seen.app.screen, StartScreen)
            await seen.press("enter")
            await seen.pass_time(30)
            assert isinstance(seen.app.screen, PinScreen)
            assert set(self.pins(server)) == {None}
