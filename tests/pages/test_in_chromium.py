"""The site in a real browser, over a real socket: phone and desktop, light and dark, with and without
JavaScript.
"""

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
import websockets
from axe_playwright_python.async_playwright import Axe  # type: ignore[import-untyped]
from playwright.async_api import Browser, ConsoleMessage, Page, async_playwright, expect

from pairgrant_protocol.device_grant import GrantStatus
from pairgrant_protocol.secret import Secret
from pairgrant_protocol.vocabulary import GrantType
from pairgrant_server.app import build_app
from pairgrant_server.backend import Backend
from tests.authorization_server.hand_clock import HandClock

pytestmark = pytest.mark.browser

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
            context: Any = await chromium.new_context(
                base_url=served.public_url,
                viewport={"width": size[0], "height": size[1]},
                color_scheme=scheme,  # type: ignore[arg-type]
                java_script_enabled=javascript,
            )
            closing.push_async_callback(context.close)
            context.set_default_timeout(PATIENCE)
            expect.set_options(timeout=PATIENCE)
            page: Page = await context.new_page()
            page.on("console", note)
            page.on("pageerror", lambda error: complaints.append(str(error)))
            return page

        yield open_one
    assert complaints == []


async def check_page(page: Page, *, javascript: bool = True) -> None:
    """No sideways scrolling, targets that a thumb can hit, and nothing that axe objects to."""
    if not javascript:
        return
    await page.wait_for_load_state()
    fits = "() => document.documentElement.scrollWidth <= document.documentElement.clientWidth"
    assert await page.evaluate(fits), f"{page.url} scrolls sideways"
    for control in await page.locator("button, input:not([type=hidden]), a.button").all():
        box = await control.bounding_box()
        assert box is not None
        assert box["height"] >= SMALLEST_TARGET, await control.inner_text()
    found = await Axe().run(page)
    assert found.response["violations"] == [], f"{page.url}: {found.generate_report()}"


async def sign_in(page: Page) -> None:
    await page.get_by_label("Username").fill("alice")
    await page.get_by_label("Password").fill("correct horse")
    await page.get_by_role("button", name="Sign in").click()


async def reach_the_question(page: Page, user_code: str) -> None:
    await page.goto("/device")
    await page.get_by_label("Code").fill(user_code)
    await page.keyboard.press("Enter")
    await sign_in(page)
    await page.wait_for_url("**/consent")


@pytest.mark.parametrize("javascript", [True, False], ids=["javascript", "no-javascript"])
@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("size", [PHONE, DESKTOP], ids=["phone", "desktop"])
async def test_pairing_from_code_entry_to_connected(
    served: Served, open_tab: OpenTab, size: tuple[int, int], scheme: str, *, javascript: bool
) -> None:
    """From a wrong code to a removed device; every page on the way is checked."""
    pairing = await served.start_pairing()
    page = await open_tab(size, scheme, javascript=javascript)
    await page.goto("/")
    await check_page(page, javascript=javascript)
    await page.get_by_role("link", name="Enter the code").click()
    await check_page(page, javascript=javascript)
    await page.get_by_label("Code").fill("bbbb bbbb")
    await page.keyboard.press("Enter")
    await expect(page.get_by_role("alert")).to_contain_text("No device is waiting for this code.")
    await expect(page.get_by_label("Code")).to_have_value("bbbb bbbb")
    await check_page(page, javascript=javascript)

    await page.get_by_label("Code").fill(pairing["user_code"].lower().replace("-", " "))
    await page.get_by_role("button", name="Continue").click()
    await expect(page.get_by_role("heading", level=1)).to_have_text("Sign in to connect a device")
    await check_page(page, javascript=javascript)
    await sign_in(page)

    await expect(page.get_by_role("heading", level=1)).to_have_text("Connect this device?")
    await expect(page.locator("p.code")).to_have_text(pairing["user_code"])
    await expect(page.get_by_role("timer")).to_have_text("10:00")
    await check_page(page, javascript=javascript)
    await page.get_by_role("button", name="Approve").click()

    await expect(page.get_by_role("heading", level=1)).to_have_text("Approved")
    await check_page(page, javascript=javascript)
    assert "access_token" in await served.poll(pairing)
    await expect(page.get_by_role("heading", level=1)).to_have_text("Your device is connected")
    await check_page(page, javascript=javascript)

    await page.get_by_role("link", name="Your devices").click()
    await expect(page.get_by_role("heading", level=2)).to_have_text("Lobby TV")
    await check_page(page, javascript=javascript)
    await page.get_by_role("link", name="Board").click()
    await page.get_by_label("New notice").fill("Please ring the bell")
    await page.get_by_role("button", name="Add").click()
    await expect(page.get_by_role("listitem")).to_contain_text("Please ring the bell")
    await check_page(page, javascript=javascript)
    await page.get_by_role("link", name="Devices").click()
    await page.get_by_role("button", name="Remove Lobby TV").click()
    await expect(page.get_by_text("No device is connected.")).to_be_visible()
    await page.get_by_role("button", name="Sign out").click()
    await expect(page.get_by_role("heading", level=1)).to_have_text("Connect a device")


class TestLiveParts:
    async def test_approval_turns_to_connected_without_a_reload(
        self, served: Served, open_tab: OpenTab
    ) -> None:
        pairing = await served.start_pairing()
        page = await open_tab()
        await reach_the_question(page, pairing["user_code"])
        await page.get_by_role("button", name="Approve").click()
        await expect(page.get_by_role("heading", level=1)).to_have_text("Approved")
        await page.evaluate("() => { window.stillTheSame = true }")
        await served.poll(pairing)
        await expect(page.get_by_role("heading", level=1)).to_have_text("Your device is connected")
        assert await page.evaluate("() => window.stillTheSame")

    async def test_countdown_ends_on_the_outcome_page(self, served: Served, open_tab: OpenTab) -> None:
        pairing = await served.start_pairing()
        page = await open_tab()
        await reach_the_question(page, pairing["user_code"])
        served.clock.now += 61
        await expect(page.get_by_role("timer")).to_have_text("8:59")
        served.clock.now += 539
        await expect(page.get_by_role("heading", level=1)).to_have_text("This code has expired")

    async def test_a_device_that_connects_appears_by_itself(self, served: Served, open_tab: OpenTab) -> None:
        page = await open_tab()
        await page.goto("/signin?next=/devices")
        await sign_in(page)
        await expect(page.get_by_text("No device is connected.")).to_be_visible()
        pairing = await served.start_pairing()
        alice = await served.backend.people.user_by_name("alice")
        grant = await served.backend.parts.device_flow.look_up(pairing["user_code"].replace("-", ""))
        assert alice is not None
        assert grant is not None
        now = served.clock.now
        await served.backend.store.decide_grant(grant.grant_id, GrantStatus.APPROVED, alice.user_id, now, now)
        await served.poll(pairing)
        await expect(page.get_by_role("heading", level=2)).to_have_text("Lobby TV")

    async def test_nicegui_does_not_shift_the_layout(self, served: Served, open_tab: OpenTab) -> None:
        """No layout shift when the live part takes over."""
        pairing = await served.start_pairing()
        still, live = await open_tab(javascript=False), await open_tab()
        for page in (still, live):
            await reach_the_question(page, pairing["user_code"])
        await expect(live.locator("#app div").first).to_be_attached()  # NiceGUI's shell has taken over
        assert await still.locator("main").bounding_box() == await live.locator("main").bounding_box()


class TestSocket:
    @pytest.mark.parametrize("origin", ["http://evil.example", "null"])
    async def test_foreign_page_can_not_open_a_socket(self, served: Served, origin: str) -> None:
        query = "EIO=4&transport=websocket&implicit_handshake=true&client_id=x"
        url = f"ws{served.public_url.removeprefix('http')}/_nicegui_ws/socket.io/?{query}"
        with pytest.raises(websockets.InvalidStatus, match="403"):
            await websockets.connect(url, origin=origin)  # type: ignore[arg-type]
        async with websockets.connect(url, origin=served.public_url) as connection:  # type: ignore[arg-type]
            assert (await connection.recv()).startswith("0{")  # type: ignore[arg-type]


class TestUnusualBehaviour:
    async def test_server_restart_keeps_half_typed_input(self, served: Served, open_tab: OpenTab) -> None:
        pairing = await served.start_pairing()
        page = await open_tab()
        await page.goto("/device")
        await page.get_by_label("Code").fill(pairing["user_code"][:5])
        await served.restart()
        await page.get_by_label("Code").press_sequentially(pairing["user_code"][5:])
        await expect(page.get_by_label("Code")).to_have_value(pairing["user_code"])
        await page.keyboard.press("Enter")
        await expect(page.get_by_role("heading", level=1)).to_have_text("Sign in to connect a device")

    async def test_enter_key_on_the_consent_page_decides_nothing(
        self, served: Served, open_tab: OpenTab
    ) -> None:
        pairing = await served.start_pairing()
        page = await open_tab()
        await reach_the_question(page, pairing["user_code"])
        await page.keyboard.press("Enter")
        await page.keyboard.press("Space")
        assert (await served.poll(pairing))["error"] == "authorization_pending"

    async def test_going_back_after_the_decision_shows_the_outcome(
        self, served: Served, open_tab: OpenTab
    ) -> None:
        pairing = await served.start_pairing()
        page = await open_tab()
        await reach_the_question(page, pairing["user_code"])
        await page.get_by_role("button", name="Deny").click()
        await expect(page.get_by_role("heading", level=1)).to_have_text("Denied")
        await page.go_back()
        await expect(page.get_by_role("heading", level=1)).to_have_text("Denied")

    async def test_a_double_tap_on_approve_ends_where_one_does(
        self, served: Served, open_tab: OpenTab
    ) -> None:
        pairing = await served.start_pairing()
        page = await open_tab()
        await reach_the_question(page, pairing["user_code"])
        await page.get_by_role("button", name="Approve").dblclick(no_wait_after=True)
        await expect(page.get_by_role("heading", level=1)).to_have_text("Approved")
        assert "access_token" in await served.poll(pairing)

    async def test_link_of_the_qr_code_leads_to_the_sign_in_by_one_button(
        self, served: Served, open_tab: OpenTab
    ) -> None:
        pairing = await served.start_pairing()
        page = await open_tab()
        await page.goto(pairing["verification_uri_complete"].removeprefix(served.public_url))
        await check_page(page)
        assert (await served.poll(pairing))["pairing_stage"] == "waiting"
        await page.get_by_role("button", name="Continue").click()
        await expect(page.get_by_role("heading", level=1)).to_have_text("Sign in to connect a device")
