"""The buttons of the screens: arrows and OK alone, as on a remote, and taps."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import pytest

from pairgrant.exit_codes import ExitCode
from pairgrant.tui.screens.cannot_scan import CannotScan
from pairgrant.tui.screens.code import CodeScreen
from pairgrant.tui.screens.pin import PinScreen
from pairgrant.tui.screens.sign_out import SignOutQuestion
from pairgrant.tui.screens.signed_in import SignedInScreen
from pairgrant.tui.screens.start import StartScreen
from pairgrant.tui.screens.token_details import TokenDetails
from pairgrant.tui.widgets.button import Button
from tests.device.simulated_server import SimulatedServer
from tests.device.tui.app_under_test import AppUnderTest, Open


async def move_to(seen: AppUnderTest, key: str) -> None:
    """Move the focus to the button of ``key`` with the arrow to the right alone."""
    buttons = len(seen.app.screen.query(Button))
    for _ in range(buttons + 1):
        await seen.pilot.press("right")
        if seen.app.focused is not None and seen.app.focused.id == f"key-{key}":
            return
    pytest.fail(f"no button for {key} within reach:\n{seen.text}")


async def press_ok_on(seen: AppUnderTest, key: str) -> None:
    await move_to(seen, key)
    await seen.press("enter")


@pytest.fixture
def at_pin(server: SimulatedServer, at_code: Open) -> Open:
    @asynccontextmanager
    async def open_app(**options: Any) -> AsyncIterator[AppUnderTest]:
        server.on("/token", server.pending("entering_pin"))
        async with at_code(**options) as seen:
            await seen.pass_time(5)
            assert isinstance(seen.app.screen, PinScreen)
            yield seen

    return open_app


class TestArrowsAndOk:
    """Every action of every screen, with the arrows and OK alone."""

    async def test_nothing_has_the_focus_before_the_first_arrow(self, opened: Open) -> None:
        async with opened() as seen:
            assert seen.app.focused is None
            await seen.press("enter")
            assert isinstance(seen.app.screen, CodeScreen)
            assert seen.app.focused is None

    @pytest.mark.parametrize("size", [(80, 24), (40, 12), (30, 6)])
    async def test_a_pairing_is_begun_explained_and_cancelled(
        self, opened: Open, size: tuple[int, int]
    ) -> None:
        async with opened(size=size) as seen:
            await press_ok_on(seen, "enter")
            assert isinstance(seen.app.screen, CodeScreen)
            await press_ok_on(seen, "question_mark")
            assert isinstance(seen.app.screen, CannotScan)
            await seen.press("enter")
            await press_ok_on(seen, "escape")
            assert isinstance(seen.app.screen, StartScreen)
            await press_ok_on(seen, "q")
        assert seen.app.return_value is ExitCode.DONE

    async def test_ok_keeps_the_focus_so_that_it_can_be_repeated(self, at_code: Open) -> None:
        async with at_code() as seen:
            await move_to(seen, "v")
            before = seen.text
            await seen.press("enter")
            assert seen.text != before
            await seen.press("space", "enter")
            assert seen.text == before

    async def test_details_are_opened_refreshed_and_left(
        self, server: SimulatedServer, at_home: Open
    ) -> None:
        async with at_home() as seen:
            await press_ok_on(seen, "i")
            assert isinstance(seen.app.screen, TokenDetails)
            server.on("/token", server.says(server.tokens()))
            await press_ok_on(seen, "r")
            assert "Refreshed 1 time" in seen.text
            await press_ok_on(seen, "escape")
            assert isinstance(seen.app.screen, SignedInScreen)

    async def test_question_before_a_sign_out_has_the_focus_on_the_answer_that_changes_nothing(
        self, at_home: Open
    ) -> None:
        async with at_home() as seen:
            await press_ok_on(seen, "l")
            assert isinstance(seen.app.screen, SignOutQuestion)
            await seen.press("enter")
            assert isinstance(seen.app.screen, SignedInScreen)
            await press_ok_on(seen, "l")
            await press_ok_on(seen, "y")
            assert isinstance(seen.app.screen, StartScreen)

    async def test_digits_are_entered_on_the_pad(self, server: SimulatedServer, at_pin: Open) -> None:
        async with at_pin(size=(40, 12)) as seen:
            await seen.press("down", "right", "down", "enter", "down", "right", "enter")  # 5, 9
            await seen.press("down", "left", "enter")  # 0: three digits, so OK has the focus
            await seen.press("left", "left", "enter", "up", "up", "enter")  # Del, 4
            assert seen.app.focused is not None
            assert seen.app.focused.id == "pad-enter"
            await seen.press("enter")
            await seen.pass_time(5)
            assert [form.get("return_pin") for form in server.forms("/token")] == [None, "594"]

    async def test_arrows_leave_the_pad_at_its_bottom(self, at_pin: Open) -> None:
        async with at_pin() as seen:
            await seen.press(*["down"] * 5)
            assert seen.app.focused is not None
            assert seen.app.focused.id == "key-enter"
            await seen.press("up")
            assert seen.app.focused.id == "pad-enter"

    @pytest.mark.parametrize("theme", ["dark", "light", "high-contrast", "console"])
    @pytest.mark.parametrize("no_color", [False, True])
    async def test_focus_is_visible(
        self, at_pin: Open, monkeypatch: pytest.MonkeyPatch, theme: str, *, no_color: bool
    ) -> None:
        if no_color:
            monkeypatch.setenv("NO_COLOR", "1")
        async with at_pin() as seen:
            seen.app.theme = f"pairgrant-{theme}"
            for arrow in ("down", "right", "down"):
                before = [list(strip) for strip in seen.app.screen._compositor.render_strips()]
                await seen.press(arrow)
                after = [list(strip) for strip in seen.app.screen._compositor.render_strips()]
                assert before != after


class TestTaps:
    async def test_tap_presses_its_own_button_whichever_has_the_focus(self, at_pin: Open) -> None:
        async with at_pin() as seen:
            await seen.press("0", "4", "down", "right")
            for target in ("#pad-7", "#pad-enter"):
                await seen.pilot.click(target)
            await seen.rest()
            assert "Checking" in seen.text

    async def test_tap_on_refresh_keeps_the_details_open(
        self, server: SimulatedServer, at_home: Open
    ) -> None:
        async with at_home() as seen:
            await seen.press("i")
            server.on("/token", server.says(server.tokens()))
            await seen.pilot.click("#key-r")
            await seen.rest()
            assert "Refreshed 1 time" in seen.text
