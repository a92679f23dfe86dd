"""``uv run python docs/images/draw.py``: takes the README's pictures of a real pairing, in half a minute.

A real server, the real terminal app and Chromium as the phone; ``pair.example`` leads to this machine for all
of them. Run it when a screen or page looks different, look at the pictures, and commit them.
"""

import asyncio
import base64
import io
import os
import socket
import ssl
import subprocess
import sys
import tempfile
import time
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from pathlib import Path

import httpx
import trustme
import zxingcpp
from PIL import Image
from playwright.async_api import Browser, Page, async_playwright
from textual.pilot import Pilot

from pairgrant.clock import system_clock
from pairgrant.device import Device
from pairgrant.exit_codes import ExitCode
from pairgrant.oauth.oauth_client import OAuthClient
from pairgrant.oauth.transport import Transport
from pairgrant.session.token_store import token_store
from pairgrant.settings import DeviceSettings
from pairgrant.sign_in.while_signed_in import BOARD_INTERVAL
from pairgrant.tui.app import PairgrantApp, Purpose

HERE = Path(__file__).parent
SITE = "https://pair.example"
NOTICES = (
    "Lunch for the new colleagues is in the garden at half past twelve.",
    "The lift on the east side is out of order until Thursday.",
    "Fire drill at 14:00",
)
PERSON, PASSWORD = "alice", "a picture needs a password"
SCOPE = "openid profile email offline_access board:read board:write"
CHROMIUM = "/usr/bin/chromium"
SIZE = (100, 30)
PATIENCE = 60.0


class LocalTransport(httpx.AsyncHTTPTransport):
    """Sends what is meant for ``SITE`` to a port of this machine."""

    def __init__(self, port: int, trust: ssl.SSLContext) -> None:
        super().__init__(verify=trust)
        self._port = port

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        request.url = request.url.copy_with(host="127.0.0.1", port=self._port)
        return await super().handle_async_request(request)


def wait_until_it_listens(port: int) -> None:
    until = time.monotonic() + PATIENCE
    while time.monotonic() < until:
        with socket.socket() as probe:
            if probe.connect_ex(("127.0.0.1", port)) == 0:
                return
        time.sleep(0.1)
    raise TimeoutError("the server did not start")


@contextmanager
def server(folder: Path, port: int, authority: trustme.CA) -> Iterator[None]:
    """``pairgrant-server run`` with one person and one client."""
    certificate = authority.issue_cert("pair.example", "127.0.0.1")
    certificate.private_key_pem.write_to_path(folder / "key.pem")
    (folder / "key.pem").chmod(0o600)
    certificate.cert_chain_pems[0].write_to_path(folder / "cert.pem")
    environment = {
        **os.environ,
        "PAIRGRANT_DATABASE": f"sqlite:///{folder / 'pairgrant.db'}",
        "PAIRGRANT_PUBLIC_URL": SITE,
        "PAIRGRANT_PORT": str(port),
        "PAIRGRANT_CERTFILE": str(folder / "cert.pem"),
        "PAIRGRANT_KEYFILE": str(folder / "key.pem"),
    }

    def run(*words: str, line: str = "") -> None:
        command = [sys.executable, "-m", "pairgrant_server", *words]
        subprocess.run(command, env=environment, input=line, text=True, check=True, stdout=subprocess.DEVNULL)

    grants = ("--grant", "device_code", "--grant", "refresh_token")
    name = ("--display-name", "Alice Liddell", "--email", "alice@example.org")
    run("user", "add", PERSON, *name, "--password-stdin", line=f"{PASSWORD}\n")
    run("client", "add", "lobby-tv", "--name", "Lobby TV", *grants, "--scope", SCOPE)
    process = subprocess.Popen(
        [sys.executable, "-m", "pairgrant_server", "run"], env=environment, stderr=subprocess.DEVNULL
    )
    try:
        wait_until_it_listens(port)
        yield
    finally:
        process.terminate()
        process.wait()


@asynccontextmanager
async def kiosk(folder: Path, port: int, trust: ssl.SSLContext) -> AsyncIterator[Pilot[ExitCode]]:
    """The terminal app, drawn in memory."""
    settings = DeviceSettings.checked(
        issuer=SITE, client_id="lobby-tv", device_name="Lobby screen", token_file=folder / "tokens.json"
    )
    async with httpx.AsyncClient(transport=LocalTransport(port, trust)) as client:
        transport = Transport(client)
        oauth_client = OAuthClient(transport, issuer=SITE, client_id="lobby-tv")
        device = Device(settings, transport, oauth_client, token_store(settings), system_clock())
        async with PairgrantApp(device, Purpose.KIOSK).run_test(size=SIZE) as pilot:
            yield pilot


async def screen_shows(pilot: Pilot[ExitCode], text: str) -> str:
    """The screen as an SVG picture, once ``text`` is on it."""
    async with asyncio.timeout(PATIENCE):
        while True:
            await pilot.pause(0.1)
            # Without this attribute Chromium drops the spaces at the start of a text.
            picture = pilot.app.export_screenshot(title="pairgrant kiosk")
            if text in picture.replace("&#160;", " "):
                return picture.replace("<svg ", '<svg xml:space="preserve" ', 1)


async def compose(browser: Browser, file: Path, screen: str, phone: bytes) -> None:
    """Terminal and phone side by side."""
    photo = base64.b64encode(phone).decode()
    page = await browser.new_page(viewport={"width": 1600, "height": 810})
    await page.set_content(
        "<style>body{margin:0;height:810px;display:flex;gap:40px;align-items:center;justify-content:center;"
        "background:#e9edec}svg{height:770px;width:auto}img{height:770px;border-radius:24px}</style>"
        f'{screen}<img src="data:image/png;base64,{photo}">'
    )
    await page.screenshot(path=file)
    await page.close()
    print(f"{file.relative_to(Path.cwd())} written", file=sys.stderr)


async def scan(browser: Browser, screen: str) -> str:
    """The address in the QR code on the screen."""
    page = await browser.new_page(viewport={"width": 1600, "height": 810})
    await page.set_content(f"<style>body{{margin:0}}svg{{height:810px;width:auto}}</style>{screen}")
    picture = Image.open(io.BytesIO(await page.screenshot()))
    await page.close()
    return str(zxingcpp.read_barcodes(picture)[0].text)


async def open_consent_page(phone: Page) -> None:
    """From the page of the scanned address to the one that asks for approval."""
    await phone.locator("form button").first.click()
    await phone.locator("input[name=username]").fill(PERSON)
    await phone.locator("input[name=password]").fill(PASSWORD)
    await phone.locator("input[name=password]").press("Enter")
    await phone.locator("button[value=approve]").wait_for()


async def post_notices(phone: Page) -> None:
    await phone.goto(f"{SITE}/board")
    for notice in NOTICES:
        await phone.get_by_label("New notice").fill(notice)
        await phone.get_by_role("button", name="Add").click()
        await phone.get_by_text(notice).wait_for()


async def main() -> None:
    """Pair once, and take pictures of the code, of the approval and of the connected screen."""
    authority, trust = trustme.CA(), ssl.create_default_context()
    authority.configure_trust(trust)
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    with tempfile.TemporaryDirectory() as name, server(Path(name), port, authority):
        async with async_playwright() as playwright, kiosk(Path(name), port, trust) as pilot:
            rules = f"MAP pair.example:443 127.0.0.1:{port}"
            browser = await playwright.chromium.launch(
                executable_path=CHROMIUM,
                args=["--no-sandbox", "--ignore-certificate-errors", f"--host-resolver-rules={rules}"],
            )
            phone = await browser.new_page(
                viewport={"width": 360, "height": 1020}, device_scale_factor=2, ignore_https_errors=True
            )
            await screen_shows(pilot, "Press")
            await pilot.press("enter")
            code = await screen_shows(pilot, "Scan")
            await phone.goto(await scan(browser, code))
            await phone.locator("form button").first.wait_for()
            await compose(browser, HERE / "pairing.png", code, await phone.screenshot())
            await open_consent_page(phone)
            confirming = await screen_shows(pilot, "Confirming")
            await compose(browser, HERE / "confirming.png", confirming, await phone.screenshot())
            await phone.locator("button[value=approve]").click()
            await phone.get_by_text("connected").first.wait_for()
            connected = await phone.screenshot()
            await post_notices(phone)
            await pilot.pause(2 * BOARD_INTERVAL)
            screen = await screen_shows(pilot, NOTICES[0])
            await compose(browser, HERE / "connected.png", screen, connected)
            await browser.close()


if __name__ == "__main__":
    asyncio.run(main())
