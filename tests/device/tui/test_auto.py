"""A kiosk that runs by itself: ``--auto``, and what it shows while there is no code."""

import os
import time
from pathlib import Path

import httpx
import pytest

from pairgrant.session.token_store import FileTokenStore
from pairgrant.sign_in.unattended import AFTER_DECISION, AFTER_FAILURE, REST
from pairgrant.tui.screens.outage import OutageScreen
from pairgrant.tui.screens.start import StartScreen
from tests.device.manual_clock import WALL
from tests.device.simulated_server import SimulatedServer
from tests.device.tui.app_under_test import SIZES, Open, code_on


class TestAuto:
    """``--auto``: a code is on the screen without a key."""

    async def test_code_is_shown_at_the_start(self, opened: Open) -> None:
        async with opened(auto=True) as seen:
            assert code_on(seen.text)

    async def test_code_is_shown_again_after_a_denial(self, server: SimulatedServer, opened: Open) -> None:
        server.on("/token", server.says({"error": "access_denied"}, 400), server.pending())
        async with opened(auto=True) as seen:
            await seen.pass_time(6)
            assert seen.headline == "DENIED"
            await seen.pass_time(AFTER_DECISION)
            assert code_on(seen.text)

    async def test_code_is_shown_again_after_the_sign_in_has_ended(
        self, server: SimulatedServer, at_home: Open
    ) -> None:
        async with at_home(auto=True) as seen:
            server.on("/token", server.says({"error": "invalid_grant"}, 400), server.pending())
            await seen.press("r")
            assert "No longer connected" in seen.text
            await seen.pass_time(AFTER_DECISION + 1)
            assert code_on(seen.text)

    async def test_code_is_shown_again_after_a_sign_out(self, at_home: Open) -> None:
        async with at_home(auto=True) as seen:
            await seen.press("l", "y")
            assert isinstance(seen.app.screen, StartScreen)
            await seen.pass_time(AFTER_DECISION + 1)
            assert code_on(seen.text)

    async def test_code_is_shown_again_after_a_rest(self, server: SimulatedServer, opened: Open) -> None:
        server.on("/device_authorization", server.says(server.code(expires_in=30, interval=15)))
        async with opened(auto=True) as seen:
            await seen.pass_time(100)
            assert isinstance(seen.app.screen, StartScreen)
            await seen.pass_time(REST)
            assert code_on(seen.text)

    async def test_refused_client_is_tried_again_in_a_minute(
        self, server: SimulatedServer, opened: Open
    ) -> None:
        server.on(
            "/device_authorization", server.says({"error": "invalid_client"}, 401), server.says(server.code())
        )
        async with opened(auto=True) as seen:
            assert seen.headline == "THIS DEVICE IS NOT REGISTERED"
            await seen.pass_time(AFTER_FAILURE)
            assert code_on(seen.text)


class TestOutage:
    async def test_outage_is_shown_with_its_beginning_and_the_next_try(
        self, server: SimulatedServer, opened: Open
    ) -> None:
        server.on("/device_authorization", server.fails(httpx.ConnectError))
        async with opened(auto=True) as seen:
            assert isinstance(seen.app.screen, OutageScreen)
            since = time.strftime("%H:%M", time.localtime(WALL))
            assert f"Since {since}. Next try in 0:0" in seen.words
            for size in SIZES:
                await seen.resize(size)
                assert "Next try in 0:0" in seen.words, size
            await seen.pass_time(60)
            assert len(server.asked("/device_authorization")) == 4
            server.on("/device_authorization", server.says(server.code()))
            await seen.pass_time(60)
            assert code_on(seen.text)


@pytest.fixture
def unreadable(store: FileTokenStore) -> Path:
    path = Path(store.location)
    path.parent.mkdir(mode=0o700)
    path.write_text("nonsense")
    path.chmod(0o600)
    return path


async def test_kiosk_goes_on_once_stored_tokens_that_could_not_be_read_are_gone(
    opened: Open, unreadable: Path
) -> None:
    async with opened(auto=True) as seen:
        assert seen.headline == "THE SIGN-IN CAN'T BE STORED"
        os.unlink(unreadable)  # noqa: PTH108 - nothing else runs
        await seen.pass_time(AFTER_FAILURE)
        assert code_on(seen.text)
