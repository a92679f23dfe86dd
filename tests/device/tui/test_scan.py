"""What a phone's camera sees: the screen as a picture, and the QR code read off it."""

import os
import shutil
import subprocess
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import zxingcpp
from PIL import Image

from pairgrant.device import Device
from pairgrant.kiosk_options import KioskOptions
from pairgrant.tui.app import PairgrantApp, Purpose
from tests.device.manual_clock import ManualClock
from tests.device.simulated_server import SimulatedServer

Picture = Callable[..., Any]


@pytest.fixture
def rsvg() -> str:
    """The program that turns the picture into points; without it there is nothing to look at."""
    found = shutil.which("rsvg-convert")
    if found is None:
        if os.environ.get("CI") == "true":
            pytest.fail("rsvg-convert is missing: install librsvg2-bin and fonts-dejavu")
        pytest.skip("needs rsvg-convert (librsvg2-bin) and the DejaVu fonts")
    return found


@pytest.fixture
def scanned(device: Device, manual_clock: ManualClock, rsvg: str, tmp_path: Path) -> Picture:
    """``await scanned(size=…, theme=…)``: the text that a camera reads from the screen with the code."""

    async def scan(*, size: tuple[int, int], theme: str = "dark") -> str:
        app = PairgrantApp(replace(device), Purpose.KIOSK, KioskOptions(theme=theme))
        async with app.run_test(size=size) as pilot:
            await pilot.press("enter")
            for _ in range(3):
                await manual_clock.settle()
                await pilot.pause()
            # without this rsvg-convert draws a text that begins with spaces too far to the left
            svg = app.export_screenshot().replace("<svg ", '<svg xml:space="preserve" ', 1)
        picture = tmp_path / "screen.png"
        for width in (800, 1100, 1400, 1800):
            command = [rsvg, "--width", str(width), "--keep-aspect-ratio", "--output", str(picture)]
            subprocess.run(command, input=svg.encode(), check=True)  # noqa: ASYNC221 - a moment, in a test
            if found := zxingcpp.read_barcodes(Image.open(picture)):
                return found[0].text
        return ""

    return scan


@pytest.mark.parametrize("size", [(80, 24), (120, 40)])
@pytest.mark.parametrize("theme", ["dark", "light"])
async def test_qr_code_on_the_screen_leads_to_the_complete_uri(
    scanned: Picture, size: tuple[int, int], theme: str
) -> None:
    assert await scanned(size=size, theme=theme) == "HTTPS://PAIR.EXAMPLE/D/WDJBMJHT"


async def test_qr_code_is_readable_without_colours(scanned: Picture, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NO_COLOR", "1")
    assert await scanned(size=(80, 24)) == "HTTPS://PAIR.EXAMPLE/D/WDJBMJHT"


async def test_qr_code_has_the_plain_uri_without_a_complete_uri(
    scanned: Picture, server: SimulatedServer
) -> None:
    server.on("/device_authorization", server.says(server.code(verification_uri_complete=None)))
    assert await scanned(size=(80, 24)) == "https://pair.example/device"


async def test_qr_code_of_a_longer_uri_is_readable(scanned: Picture, server: SimulatedServer) -> None:
    complete = "https://accounts.pair.example/tenant/oauth/device?user_code=WDJB-MJHT"
    server.on("/device_authorization", server.says(server.code(verification_uri_complete=complete)))
    assert await scanned(size=(100, 40)) == complete
