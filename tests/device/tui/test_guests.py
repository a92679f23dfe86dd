"""Guests: their sign-in ends by itself, and the next one sees nothing of it."""

import asyncio
from collections.abc import AsyncIterator, Callable
from datetime import datetime, time
from pathlib import Path
from typing import Any

import httpx
import pytest

from pairgrant.session.stored_tokens import StoredTokens
from pairgrant.session.token_store import FileTokenStore
from pairgrant.tui.app import PairgrantApp
from pairgrant.tui.screens.code import CodeScreen
from pairgrant.tui.screens.guest_countdown import GuestCountdown
from pairgrant.tui.screens.sign_out import SignOutQuestion
from pairgrant.tui.screens.signed_in import SignedInScreen
from pairgrant.tui.screens.start import StartScreen
from tests.device.manual_clock import WALL, ManualClock
from tests.device.simulated_server import SimulatedServer
from tests.device.tui.app_under_test import AppUnderTest, Open, code_on

IDLE = {"guest_idle": 300.0}


async def sign_in(server: SimulatedServer, seen: AppUnderTest) -> None:
    server.on("/token", server.says(server.tokens()))
    await seen.press("enter")
    await seen.pass_time(5)
    assert isinstance(seen.app.screen, SignedInScreen)
    assert "Lunch is at 12" in seen.text
    assert "Ada" in seen.text
    server.on("/token", server.pending())


def sees_nothing_of(seen: AppUnderTest) -> bool:
    return "Ada" not in seen.text and "Lunch" not in seen.text


async def revoked(server: SimulatedServer, seen: AppUnderTest, *, after: int = 0) -> list[str | None]:
    """The tokens that the server was asked to revoke, once it was: that waits for the screen to be drawn."""
    for _ in range(100):
        if len(server.forms("/revoke")) > after:
            break
        await seen.pass_time(0.1)
    return [form["token"] for form in server.forms("/revoke")[after:]]


class TestIdle:
    async def test_sign_in_ends_after_a_countdown_and_is_revoked(
        self, server: SimulatedServer, opened: Open, store: FileTokenStore
    ) -> None:
        async with opened(options=IDLE) as seen:
            await sign_in(server, seen)
            await seen.pass_time(230)
            assert isinstance(seen.app.screen, SignedInScreen)
            await seen.pass_time(20)
            assert isinstance(seen.app.screen, GuestCountdown)
            assert "Still there?" in seen.text
            assert "Press any key to stay signed in." in seen.text
            responds = server.says({})

            def when_revoked(request: httpx.Request) -> httpx.Response:
                assert sees_nothing_of(seen)
                assert store.load() is None
                return responds(request)

            server.on("/revoke", when_revoked)
            await seen.pass_time(60)
            assert isinstance(seen.app.screen, StartScreen)
            assert sees_nothing_of(seen)
            assert await revoked(server, seen) == ["refresh-1"]
            assert store.load() is None

    async def test_any_key_stays_signed_in_and_does_nothing_else(
        self, server: SimulatedServer, opened: Open
    ) -> None:
        async with opened(options=IDLE) as seen:
            await sign_in(server, seen)
            for key in ("q", "l", "enter", "escape"):
                await seen.pass_time(260)
                assert isinstance(seen.app.screen, GuestCountdown)
                await seen.press(key)
                assert isinstance(seen.app.screen, SignedInScreen)
            assert server.forms("/revoke") == []

    async def test_suspended_machine_shows_nothing_when_it_resumes(
        self, server: SimulatedServer, opened: Open, manual_clock: ManualClock
    ) -> None:
        async with opened(options=IDLE) as seen:
            await sign_in(server, seen)
            manual_clock.suspend(3600)
            await seen.rest()
            assert isinstance(seen.app.screen, StartScreen)
            assert sees_nothing_of(seen)

    async def test_without_the_server_tokens_are_deleted_and_revoked_later(
        self, server: SimulatedServer, opened: Open, store: FileTokenStore
    ) -> None:
        async with opened(options=IDLE) as seen:
            await sign_in(server, seen)
            server.on("/revoke", server.fails(httpx.ConnectError))
            await seen.pass_time(310)
            assert store.load() is None
            assert sees_nothing_of(seen)
            assert await revoked(server, seen) == ["refresh-1"]
            server.on("/revoke", server.says({}))
            await seen.pass_time(400)
            assert await revoked(server, seen, after=1) == ["refresh-1"]
            assert not list(Path(store.location).parent.glob("*.revoke.json"))

    async def test_restart_tries_again_to_revoke(
        self, server: SimulatedServer, opened: Open, store: FileTokenStore
    ) -> None:
        async with opened(options=IDLE) as seen:
            await sign_in(server, seen)
            server.on("/revoke", server.fails(httpx.ConnectError))
            await seen.pass_time(310)
            assert await revoked(server, seen) == ["refresh-1"]
        server.on("/revoke", server.says({}))
        tried = len(server.forms("/revoke"))
        async with opened() as seen:
            assert await revoked(server, seen, after=tried) == ["refresh-1"]
        assert not list(Path(store.location).parent.glob("*.revoke.json"))

    async def test_restart_never_shows_the_board_of_the_guest_before_it(
        self,
        server: SimulatedServer,
        opened: Open,
        stored: Callable[..., StoredTokens],
        keep: Callable[[StoredTokens], None],
        store: FileTokenStore,
    ) -> None:
        keep(stored())
        async with opened(options=IDLE) as seen:
            assert isinstance(seen.app.screen, StartScreen)
            assert not server.asked("/board/notices")
            assert not server.asked("/userinfo")
            assert await revoked(server, seen) == ["refresh-0"]
        assert store.load() is None

    async def test_code_follows_where_the_kiosk_runs_by_itself(
        self, server: SimulatedServer, opened: Open
    ) -> None:
        server.on("/token", server.says(server.tokens()))
        async with opened(auto=True, options=IDLE) as seen:
            await seen.pass_time(5)
            assert isinstance(seen.app.screen, SignedInScreen)
            server.on("/token", server.pending())
            await seen.pass_time(310)
            await seen.pass_time(10)
            assert isinstance(seen.app.screen, CodeScreen)

    async def test_countdown_that_is_not_composed_yet_is_no_error(
        self, server: SimulatedServer, opened: Open
    ) -> None:
        async with opened(options=IDLE) as seen:
            await sign_in(server, seen)
            seen.manual_clock.suspend(250)
            assert isinstance(seen.app, PairgrantApp)
            seen.app.look_after_people()
            seen.app.look_after_people()
            await seen.rest()
            assert "Still there?" in seen.text

    async def test_idle_time_counts_from_the_sign_in_although_no_key_was_pressed(
        self, server: SimulatedServer, opened: Open
    ) -> None:
        async with opened(auto=True, options=IDLE) as seen:
            await seen.pass_time(400)
            assert code_on(seen.text)
            server.on("/token", server.says(server.tokens()))
            await seen.pass_time(5)
            assert isinstance(seen.app.screen, SignedInScreen)
            await seen.pass_time(230)
            assert isinstance(seen.app.screen, SignedInScreen)

    async def test_keys_do_not_stop_a_sign_out_that_waits_for_a_refresh(
        self, server: SimulatedServer, opened: Open, store: FileTokenStore
    ) -> None:
        go_on = asyncio.Event()

        class Slow(httpx.AsyncByteStream):
            async def __aiter__(self) -> AsyncIterator[bytes]:
                await go_on.wait()
                yield b'{"access_token": "access-2", "token_type": "Bearer", "refresh_token": "refresh-2"}'

        async with opened(options=IDLE) as seen:
            await sign_in(server, seen)
            server.on("/token", lambda _request: httpx.Response(200, stream=Slow()))
            before = len(server.asked("/token"))
            await seen.press("r")
            assert len(server.asked("/token")) == before + 1
            await seen.press("n", "y")
            assert isinstance(seen.app.screen, StartScreen)
            await seen.press("escape")
            server.on("/token", server.pending())
            await seen.press("enter")
            go_on.set()
            assert await revoked(server, seen) == ["refresh-2"]
            assert store.load() is None
            await seen.rest()
            assert code_on(seen.text)

    async def test_sign_out_that_waits_for_another_process_is_completed_before_the_kiosk_ends(
        self, server: SimulatedServer, opened: Open, store: FileTokenStore
    ) -> None:
        async with opened(options=IDLE) as seen:
            await sign_in(server, seen)
            other = store.try_lock()
            assert other is not None
            await seen.press("n", "y")
            seen.app.exit()
            await seen.rest()
        assert isinstance(seen.app, PairgrantApp)
        settling = asyncio.create_task(seen.app.settle())
        await seen.manual_clock.pass_time(1)
        assert not settling.done()
        other.release()
        await seen.manual_clock.pass_time(1)
        await settling
        assert store.load() is None
        assert list(Path(store.location).parent.glob("*.revoke.json"))

    @pytest.mark.parametrize("size", [(320, 90), (80, 24), (40, 12), (20, 6)])
    async def test_countdown_fits_every_size(
        self, server: SimulatedServer, opened: Open, size: tuple[int, int]
    ) -> None:
        async with opened(size=size, options=IDLE) as seen:
            server.on("/token", server.says(server.tokens()))
            await seen.press("enter")
            await seen.pass_time(5)
            assert isinstance(seen.app.screen, SignedInScreen)
            await seen.pass_time(260)
            assert isinstance(seen.app.screen, GuestCountdown)
            await seen.resize(size)  # drawn by now
            assert "Still there?" in seen.words


class TestTimeOfDay:
    def at(self, seconds: float) -> dict[str, Any]:
        """Sign out ``seconds`` after the clock's first minute, at a whole minute."""
        due = datetime.fromtimestamp(WALL + seconds)  # noqa: DTZ006 - local time is meant
        return {"guest_until": time(due.hour, due.minute)}

    async def test_sign_in_ends_at_the_time_although_keys_are_pressed(
        self, server: SimulatedServer, opened: Open
    ) -> None:
        async with opened(options=self.at(600)) as seen:
            await sign_in(server, seen)
            for _ in range(12):
                await seen.pass_time(50)
                await seen.press("x")
            assert isinstance(seen.app.screen, StartScreen)
            assert await revoked(server, seen) == ["refresh-1"]

    async def test_wrong_clock_that_is_set_right_does_not_end_a_new_sign_in(
        self, server: SimulatedServer, opened: Open, manual_clock: ManualClock
    ) -> None:
        manual_clock.unix = WALL - 40 * 86_400
        async with opened(options=self.at(1200)) as seen:
            await sign_in(server, seen)
            manual_clock.unix = WALL
            await seen.pass_time(10)
            assert isinstance(seen.app.screen, SignedInScreen)
            await seen.pass_time(1200)
            assert isinstance(seen.app.screen, StartScreen)

    async def test_restart_keeps_the_sign_in_of_today_and_ends_that_of_yesterday(
        self,
        opened: Open,
        stored: Callable[..., StoredTokens],
        keep: Callable[[StoredTokens], None],
    ) -> None:
        keep(stored(signed_in_at=WALL - 60))
        async with opened(options=self.at(1200)) as seen:
            assert isinstance(seen.app.screen, SignedInScreen)
        keep(stored(signed_in_at=WALL - 86_400))
        async with opened(options=self.at(1200)) as seen:
            assert isinstance(seen.app.screen, StartScreen)


class TestNotThisPerson:
    async def test_one_question_signs_out_and_shows_a_new_code(
        self, server: SimulatedServer, at_home: Open, store: FileTokenStore
    ) -> None:
        async with at_home() as seen:
            assert "n Not Ada?" in seen.text
            await seen.press("n")
            assert isinstance(seen.app.screen, SignOutQuestion)
            await seen.press("n")
            assert isinstance(seen.app.screen, SignedInScreen)
            await seen.press("n", "y")
            assert code_on(seen.text)
            assert await revoked(server, seen) == ["refresh-0"]
            assert store.load() is None

    async def test_arrows_and_ok_are_enough(self, at_home: Open) -> None:
        async with at_home() as seen:
            await seen.press("right", "enter", "left", "enter")
            assert code_on(seen.text)

    async def test_locked_kiosk_offers_it_to_guests_only(self, server: SimulatedServer, opened: Open) -> None:
        async with opened(options={"lock": True}) as seen:
            await sign_in(server, seen)
            assert "Not Ada?" not in seen.text
            await seen.press("n", "y")
            assert isinstance(seen.app.screen, SignedInScreen)

    async def test_guest_of_a_locked_kiosk_can_leave(self, server: SimulatedServer, opened: Open) -> None:
        async with opened(options={"lock": True, **IDLE}) as seen:
            await sign_in(server, seen)
            await seen.press("n", "y")
            assert code_on(seen.text)

    async def test_hostile_or_long_name_is_not_on_the_button(
        self, server: SimulatedServer, at_home: Open
    ) -> None:
        for name in ("[bold]x[/bold] \x1b]0;x\x07", "Llanfairpwllgwyngyll", " \u202e"):
            server.on("/userinfo", server.says({"sub": "1", "name": name}))
            async with at_home() as seen:
                assert "\x1b" not in seen.text
                assert "\u202e" not in seen.text
                assert "Not" in seen.text
