"""The screens, driven by keys in a terminal that is not there: what they show, what they ask for, and how they are left."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

import httpx
import pytest
from textual.pilot import Pilot

from pairgrant.device import Device
from pairgrant.exit_codes import ExitCode
from pairgrant.session.stored_tokens import StoredTokens
from pairgrant.session.token_store import FileTokenStore
from pairgrant.tui import letter_shapes
from pairgrant.tui.app import PairgrantApp, Purpose
from pairgrant.tui.code_layout import groups
from pairgrant.tui.screens.code import CodeScreen
from pairgrant.tui.screens.message import MessageScreen
from pairgrant.tui.screens.pin import PinScreen
from pairgrant.tui.screens.sign_out import SignOutQuestion
from pairgrant.tui.screens.signed_in import SignedInScreen
from pairgrant.tui.screens.start import StartScreen
from pairgrant.tui.widgets.pin_digits import drawn
from tests.device.manual_clock import ManualClock
from tests.device.simulated_server import SimulatedServer

HOSTILE = "\x1b]52;c;aGk=\x07 \x9b2J \u202egnp [bold]x[/] [@click=app.leave]y[/]"
ESCAPED = "\\x1b]52;c;aGk=\\x07 \\x9b2J \\u202egnp [bold]x[/] [@click=app.leave]y[/]"
SIZES = [(120, 40), (100, 30), (80, 24), (60, 40), (53, 20), (40, 12), (30, 10), (20, 6)]
WITH_QR = SIZES[:4]


class Seen:
    """One app under test."""

    def __init__(self, pilot: Pilot[ExitCode], manual_clock: ManualClock) -> None:
        self.pilot = pilot
        self.app = pilot.app
        self.manual_clock = manual_clock

    @property
    def text(self) -> str:
        """What is on the screen, row by row."""
        return "\n".join(strip.text for strip in self.app.screen._compositor.render_strips())

    @property
    def words(self) -> str:
        """The same without line ends, for sentences that were wrapped."""
        return " ".join(self.text.split())

    async def resize(self, size: tuple[int, int]) -> None:
        await self.pilot.resize_terminal(*size)
        await self.rest()

    async def press(self, *keys: str) -> None:
        await self.pilot.press(*keys)
        await self.rest()

    async def pass_time(self, seconds: float) -> None:
        await self.manual_clock.pass_time(seconds)
        await self.rest()

    async def rest(self) -> None:
        """Let the work in the background and the screens come to rest."""
        for _ in range(3):
            await self.manual_clock.settle()
            await self.pilot.pause()
        for screen in self.app.screen_stack:
            if isinstance(screen, CodeScreen | PinScreen | SignedInScreen):
                screen.tick()
        await self.pilot.pause()


Open = Callable[..., AbstractAsyncContextManager[Seen]]


@pytest.fixture
def opened(device: Device, manual_clock: ManualClock) -> Open:
    """``async with opened(size=…, purpose=…, **settings) as seen``: the app, just started."""

    @asynccontextmanager
    async def open_app(
        size: tuple[int, int] = (80, 24), purpose: Purpose = Purpose.KIOSK, **settings: Any
    ) -> AsyncIterator[Seen]:
        changed = replace(device, settings=replace(device.settings, **settings))
        app = PairgrantApp(changed, purpose)
        async with app.run_test(size=size) as pilot:
            seen = Seen(pilot, manual_clock)
            await seen.rest()
            yield seen

    return open_app


@pytest.fixture
def at_code(opened: Open) -> Open:
    """The same with a code on the screen."""

    @asynccontextmanager
    async def open_app(**options: Any) -> AsyncIterator[Seen]:
        async with opened(**options) as seen:
            await seen.press("enter")
            assert isinstance(seen.app.screen, CodeScreen)
            yield seen

    return open_app


@pytest.fixture
def at_home(opened: Open, stored: Callable[..., StoredTokens], keep: Callable[[StoredTokens], None]) -> Open:
    """The same on a screen that is connected."""

    @asynccontextmanager
    async def open_app(tokens: dict[str, Any] | None = None, **options: Any) -> AsyncIterator[Seen]:
        keep(stored(**(tokens or {})))
        async with opened(**options) as seen:
            assert isinstance(seen.app.screen, SignedInScreen)
            yield seen

    return open_app


def code_on(text: str) -> bool:
    """Whether the code WDJB-MJHT can be read, in letters of any size."""
    big = [letter_shapes.draw("WDJB-MJHT"), letter_shapes.draw("WDJB-MJHT", letter_shapes.WIDE_GAP)]
    grouped = [letter_shapes.draw(group) for group in groups("WDJB-MJHT")]
    rows = text.splitlines()

    def drawn(block: list[str]) -> bool:
        return any(
            all(part in row for part, row in zip(block, rows[top:], strict=False))
            for top in range(len(rows) - len(block) + 1)
        )

    if any(drawn(block) for block in big) or all(drawn(block) for block in grouped):
        return True
    return "WDJB-MJHT" in text or "W D J B - M J H T" in text


class TestStart:
    async def test_nothing_is_asked_of_the_server_before_someone_wants_it(
        self, server: SimulatedServer, opened: Open
    ) -> None:
        """RFC 8628 §3.1."""
        async with opened() as seen:
            await seen.pass_time(700)
            assert server.requests == []
            assert "Press Enter" in seen.text

    async def test_enter_asks_for_a_code(self, server: SimulatedServer, opened: Open) -> None:
        async with opened() as seen:
            await seen.press("enter")
            assert len(server.asked("/device_authorization")) == 1
            assert code_on(seen.text)

    async def test_so_does_a_tap(self, server: SimulatedServer, opened: Open) -> None:
        async with opened() as seen:
            await seen.pilot.click("CallToAction")
            await seen.rest()
            assert isinstance(seen.app.screen, CodeScreen)

    async def test_twice_is_no_more_than_once(self, server: SimulatedServer, opened: Open) -> None:
        async with opened() as seen:
            await seen.pilot.press("enter", "enter", "enter")
            await seen.rest()
            await seen.pass_time(11)
            assert len({form["device_code"] for form in server.forms("/token")}) == 1
            assert len(server.forms("/token")) == 2

    async def test_a_server_that_keeps_one_waiting_can_be_left(
        self, server: SimulatedServer, opened: Open
    ) -> None:
        class Silence(httpx.AsyncByteStream):
            async def __aiter__(self) -> Any:
                await asyncio.Event().wait()
                yield b""

        server.on("/device_authorization", lambda _request: httpx.Response(200, stream=Silence()))
        async with opened() as seen:
            await seen.press("enter")
            assert "Requesting a code" in seen.text
            await seen.press("escape")
            assert "Press Enter to start" in seen.text

    async def test_a_hint_and_a_warning_are_shown(self, opened: Open) -> None:
        async with opened(hint=f"Demo {HOSTILE}", issuer="http://192.168.1.20:8628") as seen:
            assert "not encrypted" in seen.words
            assert "Demo \\x1b]52;" in seen.words

    async def test_it_says_what_to_do_at_every_size(self, opened: Open) -> None:
        async with opened() as seen:
            for size in SIZES:
                await seen.resize(size)
                assert "Press Enter to start" in seen.words, size

    async def test_there_is_no_command_palette_whose_screenshot_saves_the_code(self, at_code: Open) -> None:
        async with at_code() as seen:
            await seen.press("ctrl+p")
            assert isinstance(seen.app.screen, CodeScreen)


class TestCode:
    async def test_code_and_address_are_shown_at_every_size(self, at_code: Open) -> None:
        """RFC 8628 §3.3, §3.3.1: also beside a QR code."""
        async with at_code() as seen:
            for size in SIZES:
                await seen.resize(size)
                assert code_on(seen.text), size
                assert "pair.example/device" in seen.text.replace("\n", "").replace(" ", ""), size
                assert "Waiting for you" in seen.text, size
                assert ("█" * 29 in seen.text) is (size in WITH_QR), size
                assert ("Scan with your phone" in seen.text) is (size in WITH_QR), size

    async def test_it_says_to_open_the_address_elsewhere_and_to_enter_the_code(self, at_code: Open) -> None:
        async with at_code(size=(53, 20)) as seen:
            assert "On your phone, open" in seen.text
            assert "and enter this code" in seen.text

    async def test_a_code_that_big_letters_lack_is_shown_in_ordinary_ones(
        self, server: SimulatedServer, at_code: Open
    ) -> None:
        server.on("/device_authorization", server.says(server.code(user_code="aé 12")))
        async with at_code() as seen:
            assert "a é   1 2" in seen.text

    async def test_the_device_code_is_on_no_screen(
        self, server: SimulatedServer, at_code: Open, manual_clock: ManualClock
    ) -> None:
        """RFC 8628 §3.3."""
        async with at_code() as seen:
            screens = [seen.app.export_screenshot()]
            server.on("/token", server.pending("confirming"), server.fails(httpx.ReadTimeout))
            await seen.pass_time(20)
            screens.append(seen.app.export_screenshot())
            server.on("/token", server.says({"error": "access_denied"}, 400))
            await seen.pass_time(30)
            screens.append(seen.app.export_screenshot())
            assert all("the-device-code" not in screen for screen in screens)

    @pytest.mark.parametrize(
        ("stage", "says"),
        [("opened", "Phone connected"), ("signing_in", "Signing in"), ("confirming", "Confirming")],
    )
    async def test_it_says_how_far_the_person_is(
        self, server: SimulatedServer, at_code: Open, stage: str, says: str
    ) -> None:
        server.on("/token", server.pending(stage))
        async with at_code() as seen:
            await seen.pass_time(5)
            assert says in seen.text

    async def test_the_time_that_is_left_counts_down(self, at_code: Open) -> None:
        async with at_code() as seen:
            assert "10:00" in seen.text
            await seen.pass_time(30)
            assert "9:30" in seen.text

    async def test_trouble_is_shown_with_the_next_try_and_the_code_stays(
        self, server: SimulatedServer, at_code: Open
    ) -> None:
        server.on("/token", server.fails(httpx.ConnectError))
        async with at_code() as seen:
            await seen.pass_time(6)
            assert "No response; trying again in 0:09. The code stays valid." in seen.text
            assert code_on(seen.text)
            server.on("/token", server.pending())
            await seen.pass_time(10)
            assert "Waiting for you" in seen.text

    async def test_escape_leaves_it_and_ends_the_polling(
        self, server: SimulatedServer, at_code: Open
    ) -> None:
        async with at_code() as seen:
            await seen.press("escape")
            assert isinstance(seen.app.screen, StartScreen)
            assert not code_on(seen.text)
            await seen.pass_time(60)
            assert server.asked("/token") == []

    async def test_it_follows_the_size_of_the_terminal(self, at_code: Open) -> None:
        async with at_code(size=(80, 24)) as seen:
            await seen.resize((40, 12))
            assert "Scan" not in seen.text
            assert code_on(seen.text)
            await seen.resize((120, 40))
            assert "Scan" in seen.text
            assert code_on(seen.text)

    async def test_a_hint_stays_beside_the_code(self, at_code: Open) -> None:
        async with at_code(hint="Demo: sign in as demo") as seen:
            assert "Demo: sign in as demo" in seen.text
            assert "Scan" in seen.text

    async def test_hostile_texts_are_shown_escaped(self, server: SimulatedServer, at_code: Open) -> None:
        server.on("/device_authorization", server.says(server.code(user_code=HOSTILE[:60])))
        async with at_code(device_name=HOSTILE) as seen:
            assert "\\x1b]52" in seen.text
            assert ESCAPED[:36] in seen.text
            assert all(character.isprintable() or character == "\n" for character in seen.text)
            assert seen.app.is_running


class TestPin:
    """The digits that only the phone shows."""

    @pytest.fixture
    def at_pin(self, server: SimulatedServer, at_code: Open) -> Open:
        """``async with at_pin(…) as seen``: approved, and the digits are wanted."""

        @asynccontextmanager
        async def open_app(**options: Any) -> AsyncIterator[Seen]:
            server.on("/token", server.pending("entering_pin"))
            async with at_code(**options) as seen:
                await seen.pass_time(5)
                assert isinstance(seen.app.screen, PinScreen)
                yield seen

        return open_app

    def pins(self, server: SimulatedServer) -> list[str | None]:
        return [form.get("return_pin") for form in server.forms("/token")]

    async def test_it_says_what_to_do_at_every_size_and_the_code_is_gone(self, at_pin: Open) -> None:
        async with at_pin() as seen:
            for size in SIZES:
                await seen.resize(size)
                assert "Type the three digits shown on your phone." in seen.words, size
                assert not code_on(seen.text), size
                await seen.press("0", "4")
                big = "\n".join(drawn("04"))
                assert ("0 4 _" in seen.text) or all(row.strip() in seen.text for row in big.splitlines()), (
                    size
                )
                await seen.press("backspace", "backspace")

    async def test_nothing_is_polled_while_the_person_types(
        self, server: SimulatedServer, at_pin: Open
    ) -> None:
        async with at_pin() as seen:
            await seen.pass_time(120)
            await seen.press("0", "4", "2")
            await seen.pass_time(10)
            assert self.pins(server) == [None]

    async def test_digits_are_sent_with_enter_and_the_board_opens(
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

    async def test_taps_do_what_keys_do(self, server: SimulatedServer, at_pin: Open) -> None:
        async with at_pin() as seen:
            for target in ("#digit-0", "#digit-4", "#digit-2", "#key-enter"):
                await seen.pilot.click(target)
            await seen.rest()
            assert "Checking" in seen.text
            await seen.pass_time(5)
            assert self.pins(server) == [None, "042"]

    async def test_too_few_are_not_sent_and_too_many_are_not_taken(
        self, server: SimulatedServer, at_pin: Open
    ) -> None:
        async with at_pin() as seen:
            await seen.press("0", "4", "enter")
            await seen.pass_time(10)
            assert self.pins(server) == [None]
            await seen.press("2", "3", "٣", "enter")
            await seen.pass_time(5)
            assert self.pins(server) == [None, "042"]

    async def test_wrong_ones_are_called_so_and_typed_anew(
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

    async def test_digits_whose_answer_got_lost_are_sent_again(
        self, server: SimulatedServer, at_pin: Open
    ) -> None:
        async with at_pin() as seen:
            server.on("/token", server.fails(httpx.ConnectError), server.says(server.tokens()))
            await seen.press("0", "4", "2", "enter")
            await seen.pass_time(6)
            assert "No response; trying again in" in seen.text
            await seen.pass_time(10)
            assert "Hello, Ada Lovelace" in seen.text
            assert self.pins(server) == [None, "042", "042"]

    async def test_the_code_ends_while_nobody_types(self, at_pin: Open) -> None:
        async with at_pin() as seen:
            assert "9:55" in seen.text
            await seen.pass_time(600)
            assert "The code expired" in seen.text

    async def test_what_was_typed_for_one_pairing_is_not_sent_for_the_next(
        self, server: SimulatedServer, at_pin: Open
    ) -> None:
        async with at_pin() as seen:
            await seen.press("0", "4", "2", "enter", "escape")
            assert isinstance(seen.app.screen, StartScreen)
            await seen.press("enter")
            await seen.pass_time(30)
            assert isinstance(seen.app.screen, PinScreen)
            assert set(self.pins(server)) == {None}


class TestEndings:
    @pytest.mark.parametrize(
        ("members", "headline"),
        [
            ({"error": "access_denied"}, "Denied"),
            ({"error": "expired_token"}, "The code expired"),
            ({"error": "invalid_grant"}, "Sign-in failed"),
            ({"error": "invalid_client"}, "This device is not registered"),
        ],
    )
    async def test_how_a_pairing_ended_is_said_and_the_code_is_gone(
        self, server: SimulatedServer, at_code: Open, members: Any, headline: str
    ) -> None:
        """RFC 8628 §5.5: nobody else shall read it any longer."""
        server.on("/token", server.says(members, 400))
        async with at_code() as seen:
            await seen.pass_time(5)
            assert isinstance(seen.app.screen, MessageScreen)
            assert headline in seen.text
            assert "Press Enter" in seen.text
            assert not code_on(seen.text)
            assert "█" * 29 not in seen.text

    async def test_a_fresh_code_waits_for_the_person(self, server: SimulatedServer, at_code: Open) -> None:
        """RFC 8628 §3.5."""
        async with at_code() as seen:
            await seen.pass_time(700)
            assert "The code expired" in seen.text
            assert len(server.asked("/device_authorization")) == 1
            await seen.press("enter")
            assert len(server.asked("/device_authorization")) == 2
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
    async def test_what_cannot_begin_is_said_with_what_to_do(
        self, server: SimulatedServer, opened: Open, reply: tuple[Any, ...], says: str
    ) -> None:
        server.on("/device_authorization", getattr(server, reply[0])(*reply[1:]))
        async with opened() as seen:
            await seen.press("enter")
            assert isinstance(seen.app.screen, MessageScreen)
            assert says in seen.words
            assert "Press Enter to try again" in seen.text
            server.on("/device_authorization", server.says(server.code()))
            await seen.press("enter")
            assert code_on(seen.text)

    async def test_escape_leads_back_to_the_start(self, server: SimulatedServer, at_code: Open) -> None:
        server.on("/token", server.says({"error": "access_denied"}, 400))
        async with at_code() as seen:
            await seen.pass_time(5)
            await seen.press("escape")
            assert isinstance(seen.app.screen, StartScreen)

    async def test_the_next_step_is_shown_at_every_size(self, server: SimulatedServer, at_code: Open) -> None:
        server.on("/token", server.says({"error": "access_denied"}, 400))
        async with at_code() as seen:
            await seen.pass_time(5)
            for size in SIZES:
                await seen.resize(size)
                assert "Denied" in seen.words, size
                assert "Press Enter for a new code" in seen.words, size

    async def test_a_store_that_cannot_be_used_is_said_before_anyone_approves(
        self, server: SimulatedServer, opened: Open, tmp_path: Path
    ) -> None:
        async with opened() as seen:
            (tmp_path / "state").mkdir(mode=0o700)
            (tmp_path / "state" / "tokens.json").mkdir()
            await seen.press("enter")
            assert "The sign-in can't be stored" in seen.text
            assert server.requests == []


class TestSignedIn:
    async def test_approval_leads_to_the_persons_board(
        self, server: SimulatedServer, at_code: Open, store: FileTokenStore
    ) -> None:
        server.on("/token", server.says(server.tokens()))
        async with at_code() as seen:
            await seen.pass_time(5)
            assert "Hello, Ada Lovelace" in seen.text
            assert "Lunch is at 12" in seen.text
            assert "2 min ago" in seen.text
            assert "10:00 left" in seen.text
            assert store.load() is not None

    async def test_a_sign_in_that_was_kept_needs_no_pairing(
        self, server: SimulatedServer, at_home: Open
    ) -> None:
        async with at_home() as seen:
            assert "Hello, Ada Lovelace" in seen.text
            assert server.asked("/device_authorization") == []

    async def test_a_token_file_that_is_refused_is_said(
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

    async def test_the_board_is_live(self, server: SimulatedServer, at_home: Open) -> None:
        async with at_home() as seen:
            notices = [{"id": "2", "text": f"New {HOSTILE}"}, {"id": "1", "text": "Lunch is at 12"}]
            server.on("/board/notices", server.says({"notices": notices}))
            await seen.pass_time(5)
            assert f"New {ESCAPED}"[:40] in seen.text
            server.on("/board/notices", server.says({"notices": []}))
            await seen.pass_time(5)
            assert "No notices yet" in seen.text

    async def test_notices_grow_older(self, at_home: Open) -> None:
        async with at_home() as seen:
            await seen.pass_time(60)
            assert "3 min ago" in seen.text

    async def test_refreshes_are_counted_and_announced(self, server: SimulatedServer, at_home: Open) -> None:
        server.on("/token", *(server.says(server.tokens(number)) for number in (1, 2)))
        async with at_home() as seen:
            assert "Not refreshed yet · next refresh in 8:00" in seen.text
            await seen.pass_time(480)
            assert "Refreshed once" in seen.text
            await seen.press("r")
            assert "Refreshed 2 times · next refresh in 8:00" in seen.text

    async def test_trouble_keeps_the_sign_in_and_the_old_notices(
        self, server: SimulatedServer, at_home: Open
    ) -> None:
        async with at_home() as seen:
            for path in ("/token", "/board/notices"):
                server.on(path, server.says(b"", 503))
            await seen.pass_time(481)
            assert "Not up to date" in seen.text
            assert "Lunch is at 12" in seen.text
            assert "You stay signed in; trying again in" in seen.words
            server.on("/token", server.says(server.tokens(1)))
            server.on("/board/notices", server.says({"notices": []}))
            await seen.pass_time(40)
            assert "Not up to date" not in seen.text
            assert "✓ This screen is connected." in seen.text

    async def test_the_end_of_the_sign_in_leads_back_with_a_sentence_why(
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
                assert "Hello, Ada Lovelace" in seen.text, size
                assert "Lunch is" in seen.text, size
                assert "10:00 left" in seen.text, size


class TestSignOut:
    async def test_it_is_asked_about_first(self, server: SimulatedServer, at_home: Open) -> None:
        async with at_home() as seen:
            await seen.press("l")
            assert isinstance(seen.app.screen, SignOutQuestion)
            await seen.press("n")
            assert isinstance(seen.app.screen, SignedInScreen)
            assert server.asked("/revoke") == []

    async def test_yes_revokes_deletes_and_leads_to_the_start(
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

    async def test_a_server_that_could_not_be_told_is_not_hidden(
        self, server: SimulatedServer, at_home: Open, store: FileTokenStore
    ) -> None:
        server.on("/revoke", server.says(b"", 503))
        async with at_home() as seen:
            await seen.press("l")
            await seen.press("y")
            assert "but not at the server" in seen.words
            assert store.load() is None

    async def test_an_end_meanwhile_takes_the_question_away(
        self, server: SimulatedServer, at_home: Open
    ) -> None:
        server.on("/token", server.says({"error": "invalid_grant"}, 400))
        async with at_home() as seen:
            await seen.press("l")
            await seen.pass_time(481)
            assert isinstance(seen.app.screen, MessageScreen)

    async def test_the_answers_are_shown_at_every_size(self, at_home: Open) -> None:
        async with at_home() as seen:
            await seen.press("l")
            for size in SIZES:
                await seen.resize(size)
                assert "y Sign out" in seen.words, size
                assert "n Stay" in seen.words, size


class TestLeaving:
    @pytest.mark.parametrize(
        ("key", "code"), [("q", ExitCode.DONE), ("ctrl+q", ExitCode.DONE), ("ctrl+c", ExitCode.INTERRUPTED)]
    )
    async def test_from_every_screen(
        self, server: SimulatedServer, opened: Open, at_home: Open, key: str, code: ExitCode
    ) -> None:
        async with opened() as seen:
            await seen.press(key)
        assert seen.app.return_value is code
        async with opened() as seen:
            await seen.press("enter", key)
        assert seen.app.return_value is code
        async with at_home() as seen:
            await seen.press(key)
        assert seen.app.return_value is code


class TestLogin:
    """``pairgrant login`` on a terminal: the pairing alone, and its outcome as the exit code."""

    @pytest.fixture
    def login(self, opened: Open) -> Callable[[], AbstractAsyncContextManager[Seen]]:
        return lambda: opened(purpose=Purpose.LOGIN)

    async def test_it_begins_at_once_because_the_command_asked(self, login: Callable[[], Any]) -> None:
        async with login() as seen:
            assert code_on(seen.text)

    async def test_it_is_over_when_signed_in(
        self, server: SimulatedServer, login: Callable[[], Any], store: FileTokenStore
    ) -> None:
        server.on("/token", server.says(server.tokens()))
        async with login() as seen:
            await seen.pass_time(5)
        assert seen.app.return_value is ExitCode.DONE
        assert store.load() is not None

    @pytest.mark.parametrize(
        ("error", "code"),
        [
            ("access_denied", ExitCode.DENIED),
            ("expired_token", ExitCode.EXPIRED),
            ("invalid_grant", ExitCode.ERROR),
        ],
    )
    async def test_otherwise_the_last_outcome_counts(
        self, server: SimulatedServer, login: Callable[[], Any], error: str, code: ExitCode
    ) -> None:
        server.on("/token", server.says({"error": error}, 400))
        async with login() as seen:
            await seen.pass_time(5)
            await seen.press("q")
        assert seen.app.return_value is code

    async def test_leaving_a_code_is_an_interruption(self, login: Callable[[], Any]) -> None:
        async with login() as seen:
            await seen.press("q")
        assert seen.app.return_value is ExitCode.INTERRUPTED

    async def test_an_older_sign_in_is_replaced_not_used(
        self,
        server: SimulatedServer,
        login: Callable[[], Any],
        stored: Callable[..., StoredTokens],
        keep: Callable[[StoredTokens], None],
    ) -> None:
        keep(stored())
        server.on("/token", server.says(server.tokens()))
        async with login() as seen:
            assert code_on(seen.text)
            await seen.pass_time(5)
        assert [form["token"] for form in server.forms("/revoke")] == ["refresh-0"]


class TestSettle:
    async def test_a_refresh_that_is_under_way_is_not_cut_off_by_leaving(
        self, server: SimulatedServer, at_home: Open, store: FileTokenStore
    ) -> None:
        go_on = asyncio.Event()

        class Slow(httpx.AsyncByteStream):
            async def __aiter__(self) -> Any:
                await go_on.wait()
                yield b'{"access_token": "access-1", "token_type": "Bearer", "refresh_token": "refresh-1"}'

        server.on("/token", lambda _request: httpx.Response(200, stream=Slow()))
        async with at_home() as seen:
            await seen.press("r")
            await seen.press("q")
            go_on.set()
        app = seen.app
        assert isinstance(app, PairgrantApp)
        await app.settle()
        kept = store.load()
        assert kept is not None
        assert kept.access_token.reveal() == "access-1"
