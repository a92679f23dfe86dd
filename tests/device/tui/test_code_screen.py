"""The screen with the code (RFC 8628 §3.3)."""

import httpx
import pytest

from pairgrant.tui.screens.code import CodeScreen
from pairgrant.tui.screens.start import StartScreen
from pairgrant.tui.widgets.user_code import UserCode
from tests.device.manual_clock import ManualClock
from tests.device.simulated_server import SimulatedServer
from tests.device.tui.app_under_test import ESCAPED, HOSTILE, SIZES, WITH_QR, Open, code_on
from tests.device.tui.screen_reader import big_letters, qr_text


class TestCode:
    async def test_code_and_address_are_shown_at_every_size(self, at_code: Open) -> None:
        """RFC 8628 §3.3, §3.3.1: also beside a QR code."""
        async with at_code() as seen:
            await seen.pass_time(5)
            for size in [*SIZES, (20, 3)]:
                await seen.resize(size)
                assert code_on(seen.text), size
                assert "pair.example/device" in seen.words, size
                assert ("Waiting for you" in seen.words) is (size != (20, 3)), size
                assert ("phone" in seen.words) is (size[0] > 40 and size != (60, 20)), size
                assert ("this code" in seen.words) is (size[0] > 40), size

    async def test_phone_reads_the_qr_code_and_a_person_the_letters_at_every_size(
        self, at_code: Open
    ) -> None:
        async with at_code() as seen:
            for size in SIZES:
                await seen.resize(size)
                uri = "HTTPS://PAIR.EXAMPLE/D/WDJBMJHT" if size in WITH_QR else ""
                assert qr_text(seen.app.screen) == uri, size
                if size != (20, 6):
                    code = seen.app.screen.query_one(UserCode)
                    letters = big_letters(seen.app.screen, code.region).replace(" ", "")
                    assert letters.replace("-", "") == "WDJBMJHT", size

    async def test_code_is_shown_on_a_screen_of_one_row(self, at_code: Open) -> None:
        async with at_code() as seen:
            for size in [(145, 1), (20, 1), (9, 1)]:
                await seen.resize(size)
                assert "WDJB-MJHT" in seen.text, size

    async def test_code_and_qr_code_can_be_shown_alone(self, at_code: Open) -> None:
        """RFC 8628 §3.3.1: the code is shown beside the QR code, also where that is the larger one."""
        async with at_code(size=(120, 40)) as seen:
            await seen.press("v")
            assert qr_text(seen.app.screen) == ""
            assert code_on(seen.text)
            await seen.press("v")
            assert qr_text(seen.app.screen) == "HTTPS://PAIR.EXAMPLE/D/WDJBMJHT"
            assert "W D J B - M J H T" in seen.text
            await seen.press("v")
            assert qr_text(seen.app.screen)
            assert "W D J B" not in seen.text
            assert code_on(seen.text)

    async def test_question_mark_explains_how_to_go_on_without_a_camera(self, at_code: Open) -> None:
        async with at_code() as seen:
            for size in SIZES[:-1]:
                await seen.resize(size)
                await seen.press("question_mark")
                assert "pair.example/device" in seen.words, size
                assert "W as in Whiskey" in seen.words, size
                assert "Tango" in seen.words, size
                await seen.press("x")
                assert isinstance(seen.app.screen, CodeScreen)

    async def test_server_without_stages_has_no_track(self, server: SimulatedServer, at_code: Open) -> None:
        server.on("/token", server.says({"error": "authorization_pending"}, 400))
        async with at_code() as seen:
            await seen.pass_time(7)
            assert "○" not in seen.text
            server.on("/token", server.pending("waiting"))
            await seen.pass_time(5)
            assert "●──○" in seen.text

    async def test_screen_says_to_open_the_address_on_a_phone_and_enter_the_code(self, at_code: Open) -> None:
        async with at_code(size=(51, 20)) as seen:
            assert "On your phone, open" in seen.text
            assert "and enter this code" in seen.text

    async def test_code_without_big_letters_is_shown_in_ordinary_ones(
        self, server: SimulatedServer, at_code: Open
    ) -> None:
        server.on("/device_authorization", server.says(server.code(user_code="aж 12")))
        async with at_code() as seen:
            assert "a ж   1 2" in seen.text

    async def test_device_code_is_on_no_screen(
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
        [("opened", "PHONE CONNECTED"), ("signing_in", "SIGNING IN"), ("confirming", "CONFIRMING")],
    )
    async def test_stage_of_the_person_is_shown(
        self, server: SimulatedServer, at_code: Open, stage: str, says: str
    ) -> None:
        server.on("/token", server.pending(stage))
        async with at_code() as seen:
            await seen.pass_time(5)
            assert seen.headline == says

    async def test_remaining_time_counts_down(self, at_code: Open) -> None:
        async with at_code() as seen:
            assert "10:00" in seen.text
            await seen.pass_time(30)
            assert "9:30" in seen.text

    async def test_failed_poll_is_shown_with_the_next_try_beside_the_code(
        self, server: SimulatedServer, at_code: Open
    ) -> None:
        server.on("/token", server.fails(httpx.ConnectError))
        async with at_code() as seen:
            await seen.pass_time(6)
            assert ". Next try in 0:09; Enter: now" in seen.text
            assert code_on(seen.text)
            server.on("/token", server.pending())
            await seen.pass_time(10)
            assert "Waiting for you" in seen.text

    async def test_escape_returns_to_the_start_and_ends_polling(
        self, server: SimulatedServer, at_code: Open
    ) -> None:
        async with at_code() as seen:
            await seen.press("escape")
            assert isinstance(seen.app.screen, StartScreen)
            assert not code_on(seen.text)
            await seen.pass_time(60)
            assert server.asked("/token") == []

    async def test_layout_follows_the_size_of_the_terminal(self, at_code: Open) -> None:
        async with at_code(size=(80, 24)) as seen:
            await seen.resize((40, 12))
            assert "Scan" not in seen.text
            assert code_on(seen.text)
            await seen.resize((120, 40))
            assert "Scan" in seen.text
            assert code_on(seen.text)

    async def test_hint_is_shown_beside_the_code(self, at_code: Open) -> None:
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
