"""``pairgrant login --json`` as a program runs it, and a person with a browser: steps (A) to (F)."""

import asyncio
import json
import os
import shutil
import sys
from collections.abc import AsyncIterator, Callable
from pathlib import Path
from typing import Any

import httpx
import pytest
from playwright.async_api import Browser, Page, Playwright, async_playwright, expect

from pairgrant_protocol.vocabulary import PairingStage
from tests.journey.service import Service
from tests.journey.waiting import PATIENCE, until
from tests.tabs import close, new_context, new_tab

Events = Callable[..., Any]
PASSWORD = "correct horse battery"


class Login:
    """One ``pairgrant login --json``, read line by line."""

    def __init__(self, process: asyncio.subprocess.Process) -> None:
        self.process = process
        self.events: list[dict[str, Any]] = []

    async def event(self, *names: str) -> dict[str, Any]:
        """The next event of one of these names."""
        assert self.process.stdout is not None
        while True:
            async with asyncio.timeout(PATIENCE):
                line = await self.process.stdout.readline()
            assert line, f"the program ended after {self.events}"
            self.events.append(json.loads(line))
            if self.events[-1]["event"] in names:
                return self.events[-1]


@pytest.fixture
async def login(service: Service, tmp_path: Path) -> AsyncIterator[Callable[..., Any]]:
    started: list[Login] = []

    async def start(*more: str, browser: str = "true") -> Login:
        kept = {name: value for name, value in os.environ.items() if not name.startswith("PAIRGRANT_")}
        process = await asyncio.create_subprocess_exec(
            *(sys.executable, "-m", "pairgrant", "login", "--json", "--issuer", service.url),
            *("--client-id", "lobby-tv", "--device-name", "Lobby screen"),
            *("--token-file", str(tmp_path / "token.json")),
            *more,
            stdin=asyncio.subprocess.DEVNULL,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.PIPE,
            env={**kept, "BROWSER": browser},  # true: a program that opens nothing
        )
        started.append(Login(process))
        return started[-1]

    yield start
    for login in started:
        if login.process.returncode is None:
            login.process.kill()
        await login.process.communicate()


async def sign_in(phone: Page) -> None:
    await phone.get_by_label("Username").fill("alice")
    await phone.get_by_label("Password").fill(PASSWORD)
    await phone.get_by_role("button", name="Sign in").click()


async def approve(device: Login, phone: Page) -> None:
    """Type the number of the device, and approve."""
    shown = (await device.event("number"))["number"]
    await phone.get_by_label("Type the number that your device shows").fill(shown)
    await phone.get_by_role("button", name="Approve").click()


class TestApprove:
    async def test_login_is_approved_by_typed_code(
        self, service: Service, login: Events, phone: Page, tmp_path: Path
    ) -> None:
        device = await login()
        code = await device.event("code")
        await phone.goto(code["verification_uri"])
        await phone.get_by_label("Code").fill(code["user_code"].lower().replace("-", " "))
        await phone.get_by_role("button", name="Continue").click()
        await sign_in(phone)
        await expect(phone.get_by_role("heading", name="Connect this device?")).to_be_visible()
        await expect(phone.get_by_text(code["user_code"])).to_be_visible()
        await expect(phone.get_by_text("Lobby screen").first).to_be_visible()
        await approve(device, phone)
        authorized = await device.event("authorized")
        assert authorized["scope"] == "openid profile email offline_access board:read board:write"
        assert await device.process.wait() == 0
        await expect(phone.get_by_role("heading", name="Your device is connected")).to_be_visible()
        stages = [event["stage"] for event in device.events if event["event"] == "stage"]
        assert stages == sorted(stages, key=list(PairingStage).index)
        assert (tmp_path / "token.json").stat().st_mode & 0o777 == 0o600
        token = json.loads((tmp_path / "token.json").read_text())["access_token"]
        assert token not in json.dumps(device.events) + service.log

    async def test_login_is_approved_by_the_complete_uri(self, login: Events, phone: Page) -> None:
        device = await login()
        code = await device.event("code")
        await phone.goto(code["verification_uri_complete"])
        await phone.get_by_role("button", name="Continue").click()
        await sign_in(phone)
        await approve(device, phone)
        await device.event("authorized")

    async def test_operator_approves_while_the_server_runs(self, service: Service, login: Events) -> None:
        device = await login()
        code = await device.event("code")
        done = service.command("approve", code["user_code"], "--user", "alice")
        assert done.returncode == 0, done
        await device.event("authorized")
        again = service.command("approve", code["user_code"], "--user", "alice")
        assert again.returncode == 1
        assert "Compare it with the device" in again.stderr

    async def test_opening_the_link_decides_nothing(
        self, service: Service, login: Events, phone: Page
    ) -> None:
        device = await login()
        code = await device.event("code")
        for _ in range(3):
            await phone.goto(code["verification_uri_complete"])
        assert service.command("deny", code["user_code"], "--user", "alice").returncode == 0
        await device.event("denied")

    async def test_login_is_approved_without_javascript(self, login: Events, browser: Any) -> None:
        device = await login()
        code = await device.event("code")
        context = await new_context(
            browser, java_script_enabled=False, viewport={"width": 360, "height": 740}
        )
        phone = await new_tab(context)
        await phone.goto(code["verification_uri_complete"])
        await phone.get_by_role("button", name="Continue").click()
        await sign_in(phone)
        await approve(device, phone)
        await device.event("authorized")
        await close(context)


class TestOtherEnds:
    async def test_denial_ends_the_login(self, login: Events, phone: Page) -> None:
        device = await login()
        code = await device.event("code")
        await phone.goto(code["verification_uri_complete"])
        await phone.get_by_role("button", name="Continue").click()
        await sign_in(phone)
        await phone.get_by_role("button", name="Deny").click()
        await device.event("denied")
        assert await device.process.wait() not in {0, 1, 2}

    async def test_login_survives_a_restart_of_the_server(self, service: Service, login: Events) -> None:
        device = await login()
        code = await device.event("code")
        assert service.stop() == 0
        await service.start()
        assert service.command("approve", code["user_code"], "--user", "alice").returncode == 0
        await device.event("authorized")


class TestExpiry:
    @pytest.fixture
    def settings(self) -> dict[str, str]:
        return {"PAIRGRANT_INTERVAL": "1", "PAIRGRANT_DEVICE_CODE_LIFETIME": "10"}

    async def test_expired_code_ends_the_login_and_the_page_says_what_to_do(
        self, login: Events, phone: Page
    ) -> None:
        device = await login()
        code = await device.event("code")
        assert code["expires_in"] == 10
        await device.event("expired")
        assert await device.process.wait() not in {0, 1, 2}
        await phone.goto(code["verification_uri_complete"])
        await phone.get_by_role("button", name="Continue").click()
        await expect(phone.get_by_text("No device is waiting for this code")).to_be_visible()


class TestServerGone:
    async def test_unreachable_server_is_an_error_event(self, service: Service, login: Events) -> None:
        service.stop()
        device = await login()
        error = await device.event("error")
        assert error["message"]
        assert await device.process.wait() != 0


class TestStockHttp:
    async def test_discovery_document_is_served_over_a_socket(self, service: Service) -> None:
        async with httpx.AsyncClient(trust_env=False, timeout=PATIENCE) as client:
            document = (await client.get(f"{service.url}/.well-known/oauth-authorization-server")).json()
        assert document["issuer"] == service.url


class TestBrowser:
    @pytest.fixture
    def allowed(self, service: Service) -> None:
        grants = ("--grant", "authorization_code", "--grant", "refresh_token", "--grant", "device_code")
        set_up = service.command(
            "client", "set", "lobby-tv", *grants, "--redirect-uri", "http://127.0.0.1/callback"
        )
        assert set_up.returncode == 0, set_up.stderr

    @pytest.fixture
    async def browser_login(self, allowed: None, login: Events) -> Login:
        started: Login = await login("--browser")
        return started

    @pytest.mark.usefixtures("allowed")
    async def test_login_opens_a_browser_that_returns_to_it(
        self, service: Service, login: Events, tmp_path: Path
    ) -> None:
        profile = tmp_path / "profile"
        flags = "--headless=new --no-sandbox --disable-gpu --no-first-run --remote-debugging-port=0"
        chromium = shutil.which("chromium") or shutil.which("chromium-browser")
        device = await login("--browser", browser=f"{chromium} {flags} --user-data-dir={profile} %s")
        async with async_playwright() as playwright:
            browser = await self.debugged(playwright, profile)
            page = await self.only_page(browser)
            await sign_in(page)
            await page.get_by_role("button", name="Approve").click()
            await expect(page.get_by_role("heading", name="You are signed in")).to_be_visible()
            await device.event("authorized")
            assert await device.process.wait() == 0
            await (await browser.new_browser_cdp_session()).send("Browser.close")
        assert [event["event"] for event in device.events] == ["browser", "authorized"]
        kept = json.loads((tmp_path / "token.json").read_text())
        async with httpx.AsyncClient(trust_env=False, timeout=PATIENCE) as client:
            token = {"token": kept["access_token"], "client_id": "lobby-tv"}
            told = (await client.post(f"{service.url}/introspect", data=token)).json()
        assert (told["active"], told["username"]) == (True, "alice")

    @staticmethod
    async def debugged(playwright: Playwright, profile: Path) -> Browser:
        """The browser with this profile, into which it writes the port where it listens for a debugger."""
        said = profile / "DevToolsActivePort"

        async def listens() -> bool:
            return said.is_file() and len(said.read_text().splitlines()) == 2

        await until(listens, "the port of the debugger")
        port, path = said.read_text().splitlines()
        return await playwright.chromium.connect_over_cdp(
            f"ws://127.0.0.1:{port}{path}", timeout=PATIENCE * 1000
        )

    @staticmethod
    async def only_page(browser: Browser) -> Page:
        """The page of a browser that may not have opened it yet."""
        (context,) = browser.contexts
        context.set_default_timeout(PATIENCE * 1000)

        async def is_open() -> bool:
            return bool(context.pages)

        await until(is_open, "the page")
        (page,) = context.pages
        return page

    async def test_browser_of_the_machine_signs_it_in(
        self, browser_login: Login, phone: Page, tmp_path: Path
    ) -> None:
        await phone.goto((await browser_login.event("browser"))["authorization_uri"])
        await sign_in(phone)
        await phone.get_by_role("button", name="Approve").click()
        await expect(phone.get_by_role("heading", name="You are signed in")).to_be_visible()
        authorized = await browser_login.event("authorized")
        assert "board:read" in authorized["scope"]
        assert await browser_login.process.wait() == 0
        assert (tmp_path / "token.json").stat().st_mode & 0o777 == 0o600

    async def test_denial_in_the_browser_is_an_event(self, browser_login: Login, phone: Page) -> None:
        await phone.goto((await browser_login.event("browser"))["authorization_uri"])
        await sign_in(phone)
        await phone.get_by_role("button", name="Deny").click()
        await browser_login.event("denied")
        assert await browser_login.process.wait() == 3
