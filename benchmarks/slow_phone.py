"""A slow phone on a mobile network: Chromium with a processor four times slower, 1.6 Mbit/s and 150 ms."""

from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from playwright.async_api import Browser, CDPSession, Page, async_playwright

CHROMIUM = Path("/usr/bin/chromium")
SCREEN = (360, 740)

_NETWORK = {"offline": False, "latency": 150, "downloadThroughput": 200_000, "uploadThroughput": 93_750}
"""Milliseconds, and bytes a second."""
_SLOWER = 4
_ARGUMENTS = ["--no-sandbox", "--disable-dev-shm-usage", "--disable-gpu"]

_WATCH = """
  const look = () => {
    const wanted = document.querySelector("WANTED");
    if (wanted === null || wanted.getBoundingClientRect().height === 0) return requestAnimationFrame(look);
    const {port1, port2} = new MessageChannel();
    port1.onmessage = () => { window.usableAfter = performance.now(); };
    port2.postMessage("");
  };
  requestAnimationFrame(look);
"""
"""The first frame has the element, and what it blocked has run: a tap is served now."""


@dataclass(frozen=True, slots=True)
class Visit:
    """One page, with nothing in the cache; ``seconds`` until it is usable, bytes as they are transferred."""

    seconds: float
    bytes_until_usable: int
    bytes_in_all: int


class Traffic:
    """What a page loads, by the clock of the browser."""

    def __init__(self, session: CDPSession) -> None:
        self._received: list[tuple[float, int]] = []
        self._began: float | None = None
        session.on("Network.requestWillBeSent", self._sent)
        session.on("Network.responseReceived", self._head)
        session.on("Network.dataReceived", self._data)

    def _sent(self, event: dict[str, Any]) -> None:
        self._began = self._began or event["timestamp"]

    def _head(self, event: dict[str, Any]) -> None:
        self._received.append((event["timestamp"], int(event["response"]["encodedDataLength"])))

    def _data(self, event: dict[str, Any]) -> None:
        self._received.append((event["timestamp"], event["encodedDataLength"]))

    def bytes_until(self, seconds: float) -> int:
        assert self._began is not None
        return sum(size for received_at, size in self._received if received_at <= self._began + seconds)


@asynccontextmanager
async def chromium() -> AsyncIterator[Browser]:
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path=CHROMIUM, args=_ARGUMENTS)
        yield browser
        await browser.close()


async def visit(
    browser: Browser, url: str, usable: str, cookies: Mapping[str, str], *, is_slow: bool = True
) -> Visit:
    """Open ``url`` in a browser that was never there, until the element ``usable`` serves a tap."""
    context = await browser.new_context(viewport={"width": SCREEN[0], "height": SCREEN[1]})
    try:
        await context.add_cookies(
            [{"name": name, "value": value, "url": url} for name, value in cookies.items()]
        )
        page = await context.new_page()
        return await _visit(page, url, usable, is_slow=is_slow)
    finally:
        await context.close()


async def _visit(page: Page, url: str, usable: str, *, is_slow: bool) -> Visit:
    session = await page.context.new_cdp_session(page)
    await session.send("Network.enable")
    if is_slow:
        await session.send("Network.emulateNetworkConditions", _NETWORK)
        await session.send("Emulation.setCPUThrottlingRate", {"rate": _SLOWER})
    traffic = Traffic(session)
    await page.add_init_script(_WATCH.replace("WANTED", usable))
    await page.goto(url, wait_until="load")
    seconds = 0.0
    while not seconds:
        seconds = (await page.evaluate("() => window.usableAfter ?? 0")) / 1000
    return Visit(seconds, traffic.bytes_until(seconds), traffic.bytes_until(float("inf")))
