"""The screens of a number match and of an approval on hold."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import httpx
import pytest

from pairgrant.tui import letter_shapes
from pairgrant.tui.code_layout import spaced
from pairgrant.tui.number_layout import LARGEST_SCALES, NumberLayout, number_layout
from pairgrant.tui.screens.code import CodeScreen
from pairgrant.tui.screens.finishing import FinishingScreen
from pairgrant.tui.screens.number import NumberScreen
from pairgrant.tui.screens.pin import PinScreen
from pairgrant.tui.screens.start import StartScreen
from tests.device.simulated_server import SimulatedServer
from tests.device.tui.app_under_test import SIZES, AppUnderTest, Open, code_on


def has_number(text: str, number: str) -> bool:
    """Whether the number is on the screen, in digits of any size."""
    rows = text.splitlines()
    for scale in range(1, LARGEST_SCALES[3] + 1):
        drawn = letter_shapes.draw(number, scale)
        for top in range(len(rows) - len(drawn) + 1):
            if all(part.rstrip() in row for part, row in zip(drawn, rows[top:], strict=False)):
                return True
    return any(row.split() == [number] for row in rows)


@pytest.fixture
def at_number(server: SimulatedServer, at_code: Open) -> Open:
    """``async with at_number(…) as seen``: the phone has looked the code up, and the number is shown."""

    @asynccontextmanager
    async def open_app(**options: Any) -> AsyncIterator[AppUnderTest]:
        server.on("/token", server.pending("matching_number", "47"))
        async with at_code(**options) as seen:
            await seen.pass_time(5)
            assert isinstance(seen.app.screen, NumberScreen)
            yield seen

    return open_app


class TestNumber:
    async def test_number_sentence_and_code_are_shown_at_every_size(self, at_number: Open) -> None:
        async with at_number() as seen:
            for size in SIZES:
                await seen.resize(size)
                assert has_number(seen.text, "47"), size
                assert "Type this number on your phone" in seen.words, size
                assert code_on(seen.text), size

    async def test_number_is_larger_than_the_code_ever_is(self, at_number: Open) -> None:
        async with at_number(size=(80, 24)) as seen:
            assert all(row in seen.text for row in letter_shapes.draw("47", 3))

    async def test_qr_code_is_gone(self, at_number: Open) -> None:
        async with at_number() as seen:
            assert "█" * 29 not in seen.text

    async def test_polling_goes_on(self, server: SimulatedServer, at_number: Open) -> None:
        async with at_number() as seen:
            await seen.pass_time(10)
            assert len(server.asked("/token")) == 3

    async def test_new_number_replaces_the_old_one(self, server: SimulatedServer, at_number: Open) -> None:
        async with at_number() as seen:
            server.on("/token", server.pending("matching_number", "12"))
            await seen.pass_time(5)
            assert has_number(seen.text, "12")
            assert not has_number(seen.text, "47")

    @pytest.mark.parametrize("number", ["4", "471", "\x1b[", "no", "４７"])  # noqa: RUF001 - not ASCII
    async def test_other_text_than_two_digits_is_not_shown(
        self, server: SimulatedServer, at_code: Open, number: str
    ) -> None:
        server.on("/token", server.pending("matching_number", number))
        async with at_code() as seen:
            await seen.pass_time(5)
            assert isinstance(seen.app.screen, CodeScreen)
            assert "Confirming" in seen.text
            assert "Type this number" not in seen.text

    async def test_failed_poll_is_shown_below_the_number(
        self, server: SimulatedServer, at_number: Open
    ) -> None:
        async with at_number() as seen:
            server.on("/token", server.fails(httpx.ConnectError), server.pending("matching_number"))
            await seen.pass_time(5)
            assert "No response since" in seen.text
            assert has_number(seen.text, "47")
            await seen.pass_time(10)
            assert "No response" not in seen.text
            assert has_number(seen.text, "47")

    async def test_return_pin_can_follow(self, server: SimulatedServer, at_number: Open) -> None:
        async with at_number() as seen:
            server.on("/token", server.pending("entering_pin"))
            await seen.pass_time(5)
            assert isinstance(seen.app.screen, PinScreen)

    async def test_escape_returns_to_the_start_and_ends_polling(
        self, server: SimulatedServer, at_number: Open
    ) -> None:
        async with at_number() as seen:
            await seen.press("escape")
            assert isinstance(seen.app.screen, StartScreen)
            await seen.pass_time(60)
            assert len(server.asked("/token")) == 1

    async def test_wrong_digits_on_the_phone_are_a_denial(
        self, server: SimulatedServer, at_number: Open
    ) -> None:
        async with at_number() as seen:
            server.on("/token", server.says({"error": "access_denied"}, 400))
            await seen.pass_time(5)
            assert "denied on the phone" in seen.words
            assert not has_number(seen.text, "47")

    async def test_screens_say_that_they_can_show_a_number_and_a_changing_qr_code(
        self, server: SimulatedServer, at_number: Open
    ) -> None:
        async with at_number():
            (form,) = server.forms("/device_authorization")
            assert form["device_capabilities"].split()[:2] == ["number", "fresh_scan"]

    async def test_code_of_another_server_is_shown_escaped(
        self, server: SimulatedServer, at_number: Open
    ) -> None:
        server.on("/device_authorization", server.says(server.code(user_code="a\x1b[2J")))
        async with at_number() as seen:
            assert spaced("a\\x1b[2J") in seen.text


class TestFinishing:
    async def test_device_says_that_the_phone_can_still_undo_the_approval(
        self, server: SimulatedServer, at_number: Open
    ) -> None:
        async with at_number() as seen:
            server.on("/token", server.pending("finishing"))
            await seen.pass_time(5)
            assert isinstance(seen.app.screen, FinishingScreen)
            for size in SIZES:
                await seen.resize(size)
                assert "Finishing: your phone can still undo this." in seen.words, size
                assert not has_number(seen.text, "47"), size
            server.on("/token", server.says(server.tokens()))
            await seen.pass_time(5)
            assert "Hello, Ada Lovelace" in seen.text

    async def test_digits_are_sent_again_while_the_approval_is_on_hold(
        self, server: SimulatedServer, at_code: Open
    ) -> None:
        server.on("/token", server.pending("entering_pin"))
        async with at_code() as seen:
            await seen.pass_time(5)
            server.on("/token", server.pending("finishing"))
            await seen.press("0", "4", "2", "enter")
            await seen.pass_time(5)
            assert isinstance(seen.app.screen, FinishingScreen)
            await seen.pass_time(5)
            assert [form.get("return_pin") for form in server.forms("/token")] == [None, "042", "042"]

    async def test_undone_approval_is_a_denial(self, server: SimulatedServer, at_code: Open) -> None:
        server.on("/token", server.pending("finishing"))
        async with at_code() as seen:
            await seen.pass_time(5)
            server.on("/token", server.says({"error": "access_denied"}, 400))
            await seen.pass_time(5)
            assert "denied on the phone" in seen.words


class TestLayout:
    @pytest.mark.parametrize(
        ("size", "expected"),
        [
            ((120, 40), NumberLayout(4, roomy=True)),
            ((80, 24), NumberLayout(3, roomy=True)),
            ((53, 20), NumberLayout(2, roomy=True)),
            ((40, 12), NumberLayout(2, roomy=False)),
            ((20, 6), NumberLayout(0, roomy=False)),
            ((20, 8), NumberLayout(1, roomy=False)),
            ((10, 40), NumberLayout(0, roomy=False)),
        ],
    )
    def test_digits_are_as_large_as_the_screen_allows(
        self, size: tuple[int, int], expected: NumberLayout
    ) -> None:
        assert number_layout(width=size[0], height=size[1], number="47") == expected
