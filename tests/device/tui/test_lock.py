"""A locked kiosk: what a passer-by can do, and what the PIN opens."""

from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from textual import events

from pairgrant.device import Device
from pairgrant.exit_codes import ExitCode
from pairgrant.journal import Journal
from pairgrant.kiosk_options import KioskOptions
from pairgrant.session.token_store import FileTokenStore
from pairgrant.tui.app import PANEL_IDLE, PANEL_LONGEST, PairgrantApp, Purpose
from pairgrant.tui.pin_check import WAIT_AT_START
from pairgrant.tui.screens.cannot_scan import CannotScan
from pairgrant.tui.screens.code import CodeScreen
from pairgrant.tui.screens.phone import PhoneScreen
from pairgrant.tui.screens.signed_in import SignedInScreen
from pairgrant.tui.screens.staff import PinPanel, StaffMenu
from pairgrant.tui.screens.start import StartScreen
from pairgrant.tui.screens.token_details import TokenDetails
from pairgrant_protocol.secret import Secret
from tests.device.manual_clock import ManualClock
from tests.device.simulated_server import SimulatedServer
from tests.device.tui.app_under_test import AppUnderTest, Open, code_on

PIN = Secret("2468")
LEAVING = ("q", "ctrl+c", "ctrl+q", "ctrl+z", "ctrl+backslash", "ctrl+d", "ctrl+p", "ctrl+s", "super+c")


@pytest.fixture
def locked(device: Device, manual_clock: ManualClock) -> Open:
    """``async with locked(pin=…) as seen``: a locked kiosk some time after its start."""

    @asynccontextmanager
    async def open_app(
        pin: Secret | None = PIN, size: tuple[int, int] = (80, 24), *, auto: bool = False, **changes: Any
    ) -> AsyncIterator[AppUnderTest]:
        options = KioskOptions(auto=auto, lock=True, pin=pin)
        app = PairgrantApp(replace(device, **changes), Purpose.KIOSK, options)
        async with app.run_test(size=size) as pilot:
            seen = AppUnderTest(pilot, manual_clock)
            await seen.pass_time(WAIT_AT_START)
            yield seen

    return open_app


@pytest.fixture
def locked_home(
    locked: Open, stored: Callable[..., Any], keep: Callable[[Any], None], store: FileTokenStore
) -> Open:
    @asynccontextmanager
    async def open_app(**options: Any) -> AsyncIterator[AppUnderTest]:
        keep(stored())
        async with locked(**options) as seen:
            assert isinstance(seen.app.screen, SignedInScreen)
            yield seen

    return open_app


async def unlock(seen: AppUnderTest, *, pin: str = "2468") -> None:
    await seen.press("escape", "escape", "escape")
    assert isinstance(seen.app.screen, PinPanel)
    await seen.press(*pin, "enter")


async def tap_the_corner(seen: AppUnderTest) -> None:
    """Three taps as the terminal sends them; the pilot's own clicks don't pass the app."""
    for _ in range(3):
        seen.app.post_message(
            events.MouseDown(None, 2, 0, 0, 0, 1, shift=False, meta=False, ctrl=False, screen_x=2, screen_y=0)
        )
    await seen.rest()


class TestWithoutThePin:
    @pytest.mark.parametrize("key", LEAVING)
    async def test_no_key_leaves_or_signs_out(
        self, server: SimulatedServer, locked_home: Open, store: FileTokenStore, key: str
    ) -> None:
        async with locked_home() as seen:
            await seen.press(key, "y", "enter")
            assert isinstance(seen.app.screen, SignedInScreen)
            assert seen.app.is_running
        assert not server.asked("/revoke")
        assert store.load() is not None

    async def test_sign_out_details_and_refresh_do_nothing_and_are_not_shown(
        self, server: SimulatedServer, locked_home: Open
    ) -> None:
        async with locked_home() as seen:
            await seen.press("l", "y", "i", "r", "right", "enter", "tab", "space")
            assert isinstance(seen.app.screen, SignedInScreen)
            assert not server.asked("/token")
            for word in ("Quit", "Sign out", "Details", "Esc"):
                assert word not in seen.text

    async def test_no_key_for_leaving_is_shown_on_any_screen(
        self, server: SimulatedServer, locked: Open
    ) -> None:
        async with locked() as seen:
            assert "Quit" not in seen.text
            await seen.press("enter")
            assert isinstance(seen.app.screen, CodeScreen)
            assert "Quit" not in seen.text
            assert "Cancel" not in seen.text
            server.on("/token", server.says({"error": "access_denied"}, 400))
            await seen.pass_time(5)
            assert "Quit" not in seen.text
            assert "Back" not in seen.text

    async def test_passer_by_can_pair_ask_for_help_and_cancel_what_a_phone_has_opened(
        self, server: SimulatedServer, locked: Open
    ) -> None:
        async with locked() as seen:
            await seen.press("enter", "escape")
            assert code_on(seen.text)
            await seen.press("question_mark")
            assert isinstance(seen.app.screen, CannotScan)
            await seen.press("x", "v")
            server.on("/token", server.pending("signing_in"))
            await seen.pass_time(10)
            assert isinstance(seen.app.screen, PhoneScreen)
            assert "Esc Cancel" in seen.text
            await seen.press("escape")
            assert isinstance(seen.app.screen, StartScreen)

    async def test_nothing_opens_a_lock_without_a_pin(self, locked_home: Open) -> None:
        async with locked_home(pin=None) as seen:
            await seen.press(*["escape"] * 9)
            await tap_the_corner(seen)
            assert isinstance(seen.app.screen, SignedInScreen)

    async def test_two_or_three_slow_presses_do_not_ask_for_the_pin(self, locked_home: Open) -> None:
        async with locked_home() as seen:
            await seen.press("escape", "escape", "x", "escape")
            await seen.pass_time(4)
            await seen.press("escape")
            assert isinstance(seen.app.screen, SignedInScreen)


class TestWithThePin:
    async def test_pin_opens_a_menu_that_leaves(self, locked_home: Open) -> None:
        async with locked_home() as seen:
            await unlock(seen)
            assert isinstance(seen.app.screen, StaffMenu)
            await seen.press("q")
        assert seen.app.return_value is ExitCode.DONE

    async def test_menu_signs_out_after_one_question(
        self, server: SimulatedServer, locked_home: Open
    ) -> None:
        async with locked_home() as seen:
            await unlock(seen)
            await seen.press("l", "y")
            assert isinstance(seen.app.screen, StartScreen)
            assert server.asked("/revoke")
            await seen.press("q")
            assert seen.app.is_running

    async def test_menu_shows_the_tokens_and_refreshes_them(
        self, server: SimulatedServer, locked_home: Open
    ) -> None:
        async with locked_home() as seen:
            await unlock(seen)
            server.on("/token", server.says(server.tokens()))
            await seen.press("i", "r")
            assert "Refreshed 1 time" in seen.text
            await seen.press("escape", "escape")
            assert isinstance(seen.app.screen, SignedInScreen)
            await seen.press("q", "i")
            assert isinstance(seen.app.screen, SignedInScreen)

    async def test_pin_is_entered_by_taps_and_by_arrows_too(self, locked_home: Open) -> None:
        async with locked_home(size=(40, 12)) as seen:
            await tap_the_corner(seen)
            assert isinstance(seen.app.screen, PinPanel)
            for digit in ("2", "4"):
                await seen.pilot.click(f"#pad-{digit}")
            await seen.press("right", "down", "right", "right", "enter", "down", "left", "enter")  # 6, 8
            await seen.press("down", "right", "enter")
            assert isinstance(seen.app.screen, StaffMenu), seen.text

    async def test_wrong_pin_costs_time_and_is_logged_as_a_count(
        self, device: Device, locked_home: Open, tmp_path: Path
    ) -> None:
        log = tmp_path / "kiosk.log"
        async with locked_home(journal=Journal(device.clock, log)) as seen:
            await unlock(seen, pin="1357")
            assert "Wrong PIN. Wait 0:02." in seen.words
            await seen.press(*"2468", "enter")
            assert isinstance(seen.app.screen, PinPanel)
            await seen.pass_time(2)
            await seen.press("enter")
            assert isinstance(seen.app.screen, StaffMenu)
        lines = log.read_text()
        assert "wrong PIN, 1 in a row" in lines
        assert "1357" not in lines
        assert "2468" not in lines

    async def test_digits_are_not_shown(self, locked_home: Open) -> None:
        async with locked_home() as seen:
            await seen.press("escape", "escape", "escape", *"24")
            assert "* *" in seen.text
            assert "2468" not in seen.text

    @pytest.mark.parametrize("keys", [[], ["i"], ["l"]])
    async def test_panels_close_by_themselves(self, locked_home: Open, keys: list[str]) -> None:
        async with locked_home() as seen:
            await unlock(seen)
            await seen.press(*keys)
            await seen.pass_time(PANEL_IDLE - 1)
            assert not isinstance(seen.app.screen, SignedInScreen)
            await seen.pass_time(1)
            assert isinstance(seen.app.screen, SignedInScreen)
            await seen.press("escape", "escape", "escape", "2")
            await seen.pass_time(PANEL_IDLE)
            assert isinstance(seen.app.screen, SignedInScreen)

    async def test_stuck_key_does_not_keep_the_panel_open(self, locked_home: Open) -> None:
        async with locked_home() as seen:
            await seen.press("escape", "escape", "escape")
            for _ in range(int(PANEL_LONGEST / 20) + 1):
                await seen.press("7")
                await seen.pass_time(20)
            assert isinstance(seen.app.screen, SignedInScreen)

    async def test_panel_and_its_digits_stay_when_the_screen_behind_it_changes(
        self, server: SimulatedServer, locked: Open
    ) -> None:
        async with locked() as seen:
            await seen.press("enter", "escape", "escape", "escape", *"24")
            server.on("/token", server.pending("signing_in"))
            await seen.pass_time(5)
            assert isinstance(seen.app.screen, PinPanel)
            assert isinstance(seen.app.screen_stack[-2], PhoneScreen)
            await seen.press(*"68", "enter")
            assert isinstance(seen.app.screen, StaffMenu)
            server.on("/token", server.pending("matching_number", "47"))
            await seen.pass_time(5)
            assert isinstance(seen.app.screen, StaffMenu)
            await seen.press("escape")
            assert "Type this number on your phone" in seen.text

    async def test_code_that_is_due_comes_although_the_panel_is_in_front(
        self, server: SimulatedServer, locked: Open
    ) -> None:
        server.on("/token", server.says({"error": "access_denied"}, 400))
        async with locked(auto=True) as seen:
            await seen.press("escape", "escape", "escape", "2")
            assert isinstance(seen.app.screen, PinPanel)
            server.on("/token", server.pending())
            await seen.pass_time(10)
            assert isinstance(seen.app.screen_stack[1], CodeScreen)

    @pytest.mark.parametrize("size", [(200, 60), (80, 24), (40, 12), (36, 9), (20, 6), (20, 3)])
    async def test_panel_works_at_every_size(self, locked_home: Open, size: tuple[int, int]) -> None:
        async with locked_home(size=size) as seen:
            await unlock(seen)
            assert isinstance(seen.app.screen, StaffMenu)
            await seen.press("q")
        assert seen.app.return_value is ExitCode.DONE


async def test_twenty_requests_for_a_refresh_make_one(server: SimulatedServer, at_home: Open) -> None:
    server.on("/token", server.says(server.tokens()))
    async with at_home() as seen:
        await seen.press("i", *["r"] * 20)
        assert isinstance(seen.app.screen, TokenDetails)
        assert len(server.asked("/token")) == 1
        await seen.pass_time(10)
        await seen.press("r")
        assert len(server.asked("/token")) == 2
