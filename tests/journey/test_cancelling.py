"""A device that is left while its code is valid: the phone says so at once, in each mode and way to leave."""

import asyncio
import os
import re
import signal
import sys
import time
from collections.abc import Awaitable, Callable
from pathlib import Path

import pytest
from playwright.async_api import Page, expect

from pairgrant.oauth import leaving_requests
from tests.journey.service import Service
from tests.journey.terminal import Terminal
from tests.journey.test_kiosk import Kiosk, look_up, shows_code
from tests.journey.waiting import PATIENCE, until
from tests.processes.programs import clean_environment

LONGEST_LEAVING = 12.0
"""Seconds for the end of the program where no server responds, on a busy machine.

The attempt takes two of them at most; any other request may take twenty.
"""


def cancellations(service: Service) -> list[str]:
    """What had become of each code that a device cancelled, from the server's log."""
    return re.findall(r"grant\.cancelled .*status=(\w+)", service.log)


async def has_cancelled(service: Service, *statuses: str) -> None:
    async def are_in_the_log() -> bool:
        return cancellations(service) == list(statuses)

    await until(are_in_the_log, f"{statuses} in the server's log")


def terminate(terminal: Terminal) -> None:
    os.kill(int(terminal.process_id), signal.SIGTERM)


def hang_up(terminal: Terminal) -> None:
    os.kill(int(terminal.process_id), signal.SIGHUP)


class TestScreens:
    @pytest.mark.parametrize(
        "leave",
        [
            pytest.param(lambda terminal: terminal.press("Escape"), id="Esc"),
            pytest.param(lambda terminal: terminal.press("q"), id="q"),
            pytest.param(lambda terminal: terminal.press("C-c"), id="Ctrl-C"),
            pytest.param(terminate, id="SIGTERM"),
            pytest.param(hang_up, id="SIGHUP"),
        ],
    )
    async def test_phone_at_the_consent_page_learns_that_the_device_left(
        self, service: Service, kiosk: Kiosk, phone: Page, leave: Callable[[Terminal], object]
    ) -> None:
        terminal = kiosk()
        await look_up(phone, await shows_code(terminal))
        await phone.wait_for_url("**/consent*")
        leave(terminal)
        await expect(phone.get_by_role("heading", level=1)).to_have_text("The device stopped waiting")
        await has_cancelled(service, "pending")

    async def test_kiosk_that_is_left_without_a_server_ends_in_time(
        self, service: Service, kiosk: Kiosk
    ) -> None:
        terminal = kiosk()
        await shows_code(terminal)
        service.process.send_signal(signal.SIGSTOP)
        try:
            began = time.monotonic()
            terminal.press("q")
            await terminal.ends()
            assert time.monotonic() - began < LONGEST_LEAVING
            assert leaving_requests.LONGEST <= 2
            assert "Traceback" not in terminal.screen
        finally:
            service.process.send_signal(signal.SIGCONT)


class TestLines:
    @pytest.fixture
    def command(
        self, service: Service, tmp_path: Path
    ) -> Callable[..., Awaitable[asyncio.subprocess.Process]]:
        async def start(*words: str) -> asyncio.subprocess.Process:
            return await asyncio.create_subprocess_exec(
                *(sys.executable, "-m", "pairgrant", *words, "--issuer", service.url),
                *("--client-id", "lobby-tv", "--token-file", str(tmp_path / "token.json")),
                stdin=asyncio.subprocess.DEVNULL,
                stdout=asyncio.subprocess.PIPE,
                stderr=asyncio.subprocess.PIPE,
                env=clean_environment(),
                preexec_fn=lambda: signal.signal(signal.SIGINT, signal.default_int_handler),
            )

        return start

    @pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
    @pytest.mark.parametrize(
        ("words", "shown"),
        [
            (("login", "--json"), '"event": "code"'),
            (("login", "--plain"), "The code is valid"),
            (("kiosk", "--plain"), "The code is valid"),
        ],
        ids=["json", "plain", "kiosk"],
    )
    async def test_signal_cancels_the_code_and_is_no_error(
        self,
        service: Service,
        command: Callable[..., Awaitable[asyncio.subprocess.Process]],
        *,
        words: tuple[str, ...],
        shown: str,
        number: signal.Signals,
    ) -> None:
        process = await command(*words)
        assert process.stdout is not None
        async with asyncio.timeout(PATIENCE):
            while shown not in (line := await process.stdout.readline()).decode():
                assert line, "it ended before it had a code"
            process.send_signal(number)
            more, errors = await process.communicate()
        assert "Traceback" not in (more + errors).decode()
        assert process.returncode == (130 if number is signal.SIGINT else -number)
        assert b'"error"' not in more
        await has_cancelled(service, "pending")
