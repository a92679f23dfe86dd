"""The site on a port, and Chromium to visit it: fixtures and steps of the tests in a real browser."""

import asyncio
import os
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx
import pytest
import uvicorn
from axe_playwright_python.async_playwright import Axe  # type: ignore[import-untyped]
from playwright.async_api import Browser, ConsoleMessage, Page, async_playwright

from pairgrant_protocol.secret import Secret
from pairgrant_protocol.vocabulary import GrantType
from pairgrant_server.app import build_app
from pairgrant_server.backend import Backend
from tests.authorization_server.hand_clock import HandClock
from tests.tabs import close, new_context, new_tab

CHROMIUM = Path("/usr/bin/chromium")
SCOPE = "openid profile email offline_access board:read board:write"
PHONE, DESKTOP = (360, 740), (1280, 800)
SMALLEST_TARGET = 44
"""CSS pixels."""

PATIENCE = 120_000.0
"""Milliseconds that nothing takes unless it hangs, on a machine that is busy with other things too."""


@dataclass
class Served:
    """The site on a port of this machine, with the device's side of it."""

    public_url: str
    backend: Backend
    clock: HandClock
    restart: Callable[[], Awaitable[None]]
    http: httpx.AsyncClient = field(repr=False)

    async def start_pairing(self) -> dict[str, str]:
        fields = {"client_id": "lobby-tv", "scope": SCOPE, "device_name": "Reception screen"}
        response: dict[str, str] = (await self.http.post("/device_authorization", data=fields)).json()
        return response

    async def poll(self, pairing: dict[str, str]) -> dict[str, Any]:
        fields = {
            "grant_type": GrantType.DEVICE_CODE.value,
            "device_code": pairing["device_code"],
            "client_id": "lobby-tv",
        }
        response: dict[str, Any] = (await self.http.post("/token", data=fields)).json()
        return response


@pytest.fixture
def port(free_port: Callable[[], int]) -> int:
    return free_port()


@pytest.fixture
def public_url(port: int) -> str:
    return f"http://127.0.0.1:{port}"


async def _start(backend: Backend, clock: HandClock, port: int) -> Callable[[], Awaitable[None]]:
    """Serve until the function that is returned has been awaited."""
    app = build_app(backend, clock=clock)
    server = uvicorn.Server(
        uvicorn.Config(app, interface="asgi3", port=port, lifespan="on", log_config=None, access_log=False)
    )
    serving = asyncio.create_task(server.serve())
    while not server.started:
        await asyncio.sleep(0.01)
        assert not serving.done()

    async def stop() -> None:
        server.should_exit = True
        await serving

    return stop


@pytest.fixture
async def served(backend: Backend, clock: HandClock, port: int, public_url: str) -> AsyncIterator[Served]:
    await backend.people.add("alice", Secret("correct horse"), "Alice Liddell")
    grant_types = frozenset({GrantType.DEVICE_CODE, GrantType.REFRESH_TOKEN})
    await backend.parts.clients.add("lobby-tv", "Lobby TV", secret=None, grant_types=grant_types, scope=SCOPE)
    stop = await _start(backend, clock, port)

    async def restart() -> None:
        nonlocal stop
        await stop()
        stop = await _start(backend, clock, port)

    async with httpx.AsyncClient(base_url=public_url, timeout=PATIENCE / 1000) as http:
        yield Served(public_url, backend, clock, restart, http)
    await stop()


@pytest.fixture
def has_chromium() -> None:
    """Without Chromium these tests are skipped, but never where they are all that looks (CI)."""
    if not CHROMIUM.exists():
        reason = f"there is no {CHROMIUM}: these tests need Chromium"
        if os.environ.get("CI"):
            pytest.fail(reason)
        pytest.skip(reason)


@pytest.fixture
async def chromium(has_chromium: None) -> AsyncIterator[Browser]:
    async with async_playwright() as playwright:
        arguments = ["--no-sandbox", "--disable-dev-shm-usage", "--disable-gpu"]
        browser = await playwright.chromium.launch(executable_path=CHROMIUM, args=arguments, timeout=PATIENCE)
        yield browser
        await browser.close()


OpenTab = Callable[..., Awaitable[Page]]


@pytest.fixture
async def open_tab(chromium: Browser, served: Served) -> AsyncIterator[OpenTab]:
    """A tab of a browser of its own; whatever its console complains about fails the test."""
    complaints: list[str] = []

    def note(message: ConsoleMessage) -> None:
        answered_with_an_error_page = message.text.startswith("Failed to load resource: the server responded")
        if message.type in {"error", "warning"} and not answered_with_an_error_page:
            complaints.append(message.text)

    async with AsyncExitStack() as closing:

        async def open_one(
            size: tuple[int, int] = PHONE, scheme: str = "light", *, javascript: bool = True
        ) -> Page:
            context = await new_context(
                chromium,
                base_url=served.public_url,
                viewport={"width": size[0], "height": size[1]},
                color_scheme=scheme,
                java_script_enabled=javascript,
            )
            closing.push_async_callback(close, context)
            page = await new_tab(context)
            page.on("console", note)
            page.on("pageerror", lambda error: complaints.append(str(error)))
            return page

        yield open_one
    assert complaints == []


async def check_page(page: Page, *, javascript: bool = True) -> None:
    """No sideways scrolling, also at 200 % text, targets for a thumb, and nothing that axe objects to."""
    if not javascript:
        return
    await page.wait_for_load_state()
    fits = "() => document.documentElement.scrollWidth <= document.documentElement.clientWidth"
    assert await page.evaluate(fits), f"{page.url} scrolls sideways"
    await page.evaluate("() => { document.documentElement.style.fontSize = '200%' }")
    assert await page.evaluate(fits), f"{page.url} scrolls sideways with text at 200 %"
    await page.evaluate("() => { document.documentElement.style.fontSize = '' }")
    for control in await page.locator("button, input:not([type=hidden]), a.button").all():
        box = await control.bounding_box()
        assert box is not None
        assert box["height"] >= SMALLEST_TARGET, await control.inner_text()
    found = await Axe().run(page)
    assert found.response["violations"] == [], f"{page.url}: {found.generate_report()}"


async def stop_time(page: Page) -> None:
    """For scripts of the page, time passes only in ``page.clock.run_for`` until ``page.clock.resume``."""
    await page.clock.install(time=0)
    await page.clock.pause_at(PATIENCE / 1000)  # more than there is between these two steps


async def sign_in(page: Page) -> None:
    await page.get_by_label("Username").fill("alice")
    await page.get_by_label("Password").fill("correct horse")
    await page.get_by_role("button", name="Sign in").click()


async def reach_the_question(page: Page, user_code: str) -> None:
    await page.goto("/device")
    await page.get_by_label("Code").fill(user_code)
    await page.keyboard.press("Enter")
    await sign_in(page)
    await page.wait_for_url("**/consent*")
