"""A person signs in at another provider and pairs a device: the real oidc-provider and a real browser.

npm installs the provider into .artifacts/oidc-provider. Without node and npm these tests are skipped; in CI
they fail.
"""

import subprocess
from collections.abc import AsyncIterator, Callable, Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest
from playwright.async_api import Browser, ConsoleMessage, Page, expect

from tests import npm_packages
from tests.journey.service import Service
from tests.tabs import close, new_context, new_tab

PATIENCE = 120.0
CLIENT_SECRET = "a secret: with/what+needs%escaping"
SCOPE = "openid profile email offline_access"
HERE = Path(__file__).parent / "oidc_provider"


@pytest.fixture(scope="session")
def oidc_provider() -> Path:
    """The folder with provider.mjs and the packages beside it."""
    folder = npm_packages.install("oidc-provider", HERE / "package.json")
    npm_packages.copy(HERE / "provider.mjs", folder)
    return folder


@pytest.fixture
def issuer(
    oidc_provider: Path, service: Service, tmp_path: Path, free_port: Callable[[], int]
) -> Iterator[str]:
    """oidc-provider as it runs, and as it is known to the server: for newcomers too."""
    port = free_port()
    log = tmp_path / "provider.log"
    with log.open("wb") as output:
        process = subprocess.Popen(
            ["node", "provider.mjs", str(port), f"{service.url}/signin/from/example", CLIENT_SECRET],
            cwd=oidc_provider,
            stdout=subprocess.PIPE,
            stderr=output,
        )
    assert process.stdout is not None
    try:
        while b"listening" not in (line := process.stdout.readline()):
            assert line, log.read_text()
        issuer = f"http://127.0.0.1:{port}"
        done = service.command(
            *("upstream", "add", "example", "--issuer", issuer, "--client-id", "pairgrant"),
            *("--label", "Example", "--client-secret-stdin", "--create-accounts"),
            stdin=f"{CLIENT_SECRET}\n",
        )
        assert done.returncode == 0, done.stderr
        yield issuer
    finally:
        process.terminate()
        process.communicate()


class Device:
    """What waits in front of the person."""

    def __init__(self, http: httpx.AsyncClient, codes: dict[str, Any]) -> None:
        self._http = http
        self.codes = codes

    async def poll(self) -> dict[str, Any]:
        form = {
            "grant_type": "urn:ietf:params:oauth:grant-type:device_code",
            "device_code": self.codes["device_code"],
            "client_id": "lobby-tv",
        }
        response: dict[str, Any] = (await self._http.post("/token", data=form)).json()
        return response

    async def whose(self) -> dict[str, Any]:
        """Who approved, as userinfo tells the device."""
        tokens = await self.poll()
        headers = {"authorization": f"Bearer {tokens['access_token']}"}
        response: dict[str, Any] = (await self._http.get("/userinfo", headers=headers)).json()
        return response


@pytest.fixture
async def device(service: Service) -> AsyncIterator[Device]:
    async with httpx.AsyncClient(base_url=service.url, trust_env=False, timeout=PATIENCE) as http:
        form = {"client_id": "lobby-tv", "scope": SCOPE, "device_name": "Lobby screen"}
        yield Device(http, (await http.post("/device_authorization", data=form)).json())


@pytest.fixture(params=["javascript", "no-javascript"])
async def phone(request: pytest.FixtureRequest, browser: Browser, service: Service) -> AsyncIterator[Page]:
    """A browser tab. A violation of the Content Security Policy of our pages fails the test."""
    context = await new_context(
        browser,
        viewport={"width": 360, "height": 740},
        java_script_enabled=request.param == "javascript",
    )
    await context.route("**/fonts.googleapis.com/**", lambda route: route.abort())
    page = await new_tab(context)
    complaints: list[str] = []

    def note(message: ConsoleMessage) -> None:
        if "Content Security Policy" in message.text and "fonts.googleapis" not in message.text:
            complaints.append(message.text)

    page.on("console", note)
    yield page
    await close(context)
    assert complaints == []


async def reach_the_provider(page: Page, service: Service, device: Device) -> None:
    await page.goto(f"{service.url}/device")
    await page.get_by_label("Code").fill(device.codes["user_code"])
    await page.get_by_role("button", name="Continue").click()
    await expect(page.get_by_role("heading", level=1)).to_have_text("Sign in to connect a device")
    await page.get_by_role("button", name="Sign in with Example").click()


async def sign_in_there(page: Page, login: str) -> None:
    await page.get_by_placeholder("Enter any login").fill(login)
    await page.get_by_placeholder("and password").fill("whatever")
    await page.get_by_role("button", name="Sign-in").click()
    await page.get_by_role("button", name="Continue").click()


async def approve(page: Page) -> None:
    await expect(page.get_by_role("heading", level=1)).to_have_text("Connect this device?")
    await page.get_by_role("button", name="Approve").click()
    await expect(page.get_by_role("heading", level=1)).to_have_text("Approved")


async def test_upstream_user_pairs_a_device(
    service: Service, issuer: str, device: Device, phone: Page
) -> None:
    await reach_the_provider(phone, service, device)
    await phone.wait_for_url(f"{issuer}/**")
    await sign_in_there(phone, "zoe")
    await approve(phone)
    whose = await device.whose()
    assert (whose["preferred_username"], whose["name"], whose["email"]) == (
        "zoe",
        "Zoe Elsewhere",
        "zoe@example.org",
    )
    assert f"{issuer}  zoe" in service.command("user", "identities", "zoe").stdout
    assert "code=" not in service.log
    assert "state=" not in service.log


async def test_person_signed_in_upstream_is_not_prompted_again(
    service: Service, issuer: str, device: Device, phone: Page
) -> None:
    """The whole way is redirects then, and no policy of ours stops any of them."""
    assert (
        service.command("user", "link", "alice", "--upstream", "example", "--subject", "lewis").returncode
        == 0
    )
    await phone.goto(f"{service.url}/signin?next=/board")
    await phone.get_by_role("button", name="Sign in with Example").click()
    await sign_in_there(phone, "lewis")
    await phone.wait_for_url(f"{service.url}/board")
    await phone.get_by_role("button", name="Sign out").click()
    await reach_the_provider(phone, service, device)
    await approve(phone)
    assert (await device.whose())["preferred_username"] == "alice"


async def test_cancelling_upstream_returns_to_the_sign_in(
    service: Service, issuer: str, device: Device, phone: Page
) -> None:
    await reach_the_provider(phone, service, device)
    await phone.get_by_role("link", name="Cancel").click()
    await expect(phone.get_by_role("heading", level=1)).to_have_text("Sign-in cancelled")
    await phone.get_by_role("link", name="Back to sign-in").click()
    await expect(phone.get_by_role("heading", level=1)).to_have_text("Sign in to connect a device")
    assert (await device.poll())["error"] == "authorization_pending"


async def test_locked_account_cannot_sign_in_upstream(
    service: Service, issuer: str, device: Device, phone: Page
) -> None:
    assert (
        service.command("user", "link", "alice", "--upstream", "example", "--subject", "lewis").returncode
        == 0
    )
    assert service.command("user", "lock", "alice").returncode == 0
    await reach_the_provider(phone, service, device)
    await sign_in_there(phone, "lewis")
    await expect(phone.get_by_role("heading", level=1)).to_have_text("This account is locked")
    assert (await device.poll())["error"] == "authorization_pending"
