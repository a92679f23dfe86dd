"""``pairgrant kiosk --serve``: the screens in Chromium, as a wall shows them."""

import asyncio
import io
import os
import signal
import subprocess
import sys
from collections.abc import AsyncIterator, Callable
from pathlib import Path

import pytest
import zxingcpp
from PIL import Image
from playwright.async_api import Browser, Page

from tests.journey.service import SCOPE, Service
from tests.journey.waiting import PATIENCE
from tests.tabs import close, new_context, new_tab


@pytest.fixture
async def address(service: Service, free_port: Callable[[], int], tmp_path: Path) -> AsyncIterator[str]:
    """The address of a kiosk that is served."""
    port = free_port()
    words = ["--issuer", service.url, "--scope", SCOPE, "--no-config", "--serve", f"127.0.0.1:{port}"]
    process = subprocess.Popen(  # noqa: ASYNC220 - it only starts it
        [sys.executable, "-m", "pairgrant", "kiosk", *words],
        env={
            "PAIRGRANT_TOKEN_FILE": str(tmp_path / "token.json"),
            "PATH": os.environ["PATH"],
            "LANG": "C.UTF-8",
        },
        stdout=subprocess.PIPE,
        stdin=subprocess.DEVNULL,
        text=True,
    )
    assert process.stdout is not None
    assert await asyncio.to_thread(process.stdout.readline) == (
        f"Open http://127.0.0.1:{port} in one browser. Press Ctrl+C to end.\n"
    )
    yield f"http://127.0.0.1:{port}/"
    process.send_signal(signal.SIGTERM)
    await asyncio.to_thread(process.wait, PATIENCE)
    process.stdout.close()


@pytest.fixture
async def wall(browser: Browser) -> AsyncIterator[Page]:
    context = await new_context(browser, viewport={"width": 1280, "height": 720})
    yield await new_tab(context)
    await close(context)


async def scanned(page: Page) -> str:
    """The address in the QR code, once a camera reads it from the browser's window."""
    async with asyncio.timeout(PATIENCE):
        while True:
            picture = Image.open(io.BytesIO(await page.screenshot()))
            found = zxingcpp.read_barcodes(picture.convert("L"))
            if found:
                return str(found[0].text)
            await asyncio.sleep(0.2)


async def test_code_is_on_the_page_again_after_a_reload_and_after_the_screen_was_left(
    service: Service, address: str, wall: Page
) -> None:
    await wall.goto(address)
    codes = {await scanned(wall)}
    await wall.reload()
    codes.add(await scanned(wall))
    await wall.wait_for_function("document.activeElement.matches('.xterm-helper-textarea')")
    async with wall.expect_navigation():  # it may come as soon as the screen has closed
        await wall.keyboard.press("q")
    codes.add(await scanned(wall))
    assert len(codes) == 3
    assert all(code.lower().startswith(service.url) for code in codes)


async def test_second_browser_is_refused_until_the_first_is_closed(
    address: str, wall: Page, phone: Page
) -> None:
    await wall.goto(address)
    await scanned(wall)
    await phone.goto(address)
    await phone.wait_for_selector("text=open in another browser")
    await wall.close()
    await phone.wait_for_selector("body:not(.-closed)")
