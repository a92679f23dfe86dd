"""The screen while a phone has the code."""

import httpx
import pytest

from pairgrant.tui.screens.number import NumberScreen
from pairgrant.tui.screens.phone import PhoneScreen
from tests.device.simulated_server import SimulatedServer
from tests.device.tui.app_under_test import SIZES, Open, code_on
from tests.device.tui.screen_reader import qr_text


class TestPhone:
    @pytest.mark.parametrize(
        ("stage", "says"),
        [("opened", "PHONE CONNECTED"), ("signing_in", "SIGNING IN"), ("confirming", "CONFIRMING")],
    )
    async def test_stage_is_the_headline(
        self, server: SimulatedServer, at_code: Open, stage: str, says: str
    ) -> None:
        server.on("/token", server.pending(stage))
        async with at_code(size=(120, 40)) as seen:
            await seen.pass_time(5)
            assert seen.headline == says

    async def test_code_steps_back_and_stays_for_comparing_at_every_size(
        self, server: SimulatedServer, at_code: Open
    ) -> None:
        server.on("/token", server.pending("opened"))
        async with at_code() as seen:
            await seen.pass_time(5)
            for size in SIZES:
                await seen.resize(size)
                assert code_on(seen.text), size
                assert "PHONE CONNECTED" in seen.words.upper(), size
                assert ("It must show this code:" in seen.words) is (size != (20, 6)), size
                assert qr_text(seen.app.screen) == "", size

    async def test_hint_for_the_sign_in_never_stands_beside_the_code(
        self, server: SimulatedServer, opened: Open
    ) -> None:
        server.on(
            "/token",
            server.pending("waiting"),
            server.pending("opened"),
            server.pending("signing_in"),
            server.pending("confirming"),
        )
        hint = "Sign in as demo with the password lampgoatmint4827"
        async with opened(sign_in_hint=hint) as seen:
            assert hint in seen.words
            await seen.press("enter")
            assert code_on(seen.text)
            assert "When your phone asks you to sign in, this screen says how." in seen.words
            for says, has_hint in [
                ("Waiting for you", False),
                ("Phone connected", False),
                ("Signing in", True),
            ]:
                await seen.pass_time(5)
                assert says.upper() in seen.words.upper()
                for size in SIZES:
                    await seen.resize(size)
                    assert (hint in seen.words) is has_hint, size
                    assert code_on(seen.text) is not has_hint, size
            await seen.pass_time(5)
            assert code_on(seen.text)
            assert "lampgoat" not in seen.text

    async def test_next_stages_and_the_number_follow(self, server: SimulatedServer, at_code: Open) -> None:
        server.on(
            "/token",
            server.pending("opened"),
            server.pending("signing_in"),
            server.pending("matching_number", "47"),
        )
        async with at_code() as seen:
            await seen.pass_time(5)
            assert isinstance(seen.app.screen, PhoneScreen)
            await seen.pass_time(5)
            assert seen.headline == "SIGNING IN"
            await seen.pass_time(5)
            assert isinstance(seen.app.screen, NumberScreen)

    async def test_failed_poll_is_shown_with_the_next_try(
        self, server: SimulatedServer, at_code: Open
    ) -> None:
        server.on("/token", server.pending("opened"), server.fails(httpx.ConnectError))
        async with at_code() as seen:
            await seen.pass_time(11)
            assert "No response since" in seen.text
            assert code_on(seen.text)

    async def test_phone_that_opens_the_code_closes_the_explanation(
        self, server: SimulatedServer, at_code: Open
    ) -> None:
        async with at_code() as seen:
            await seen.press("question_mark")
            server.on("/token", server.pending("opened"))
            await seen.pass_time(5)
            assert isinstance(seen.app.screen, PhoneScreen)
