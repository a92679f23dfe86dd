"""A whole pairing in Chromium where no WebSocket gets through, or none for long."""

import re
import shutil
import socket
import subprocess
import time
from collections.abc import AsyncIterator, Callable, Iterator
from pathlib import Path

import pytest
from playwright.async_api import Browser, Page, expect

from pairgrant_server.translation import Reader, gettext, languages, write_for
from tests.pages.chromium import (
    PHONE,
    Served,
    chromium,
    has_chromium,
    reach_the_question,
    served,
    stop_time,
)
from tests.pages.networks.faulty_proxy import Fault, FaultyProxy
from tests.processes.programs import PATIENCE
from tests.tabs import close, new_context, new_tab

__all__ = ["chromium", "has_chromium", "served"]

pytestmark = pytest.mark.browser

POLLS = "Live updates don't get through here. This page checks every 3 seconds."
LOST = "Connection lost: this page may be out of date."


@pytest.fixture
def port(free_port: Callable[[], int]) -> int:
    """Where the server listens; people only know the proxy."""
    return free_port()


@pytest.fixture
def proxy_port(free_port: Callable[[], int]) -> int:
    return free_port()


@pytest.fixture
def public_url(proxy_port: int) -> str:
    return f"http://127.0.0.1:{proxy_port}"


@pytest.fixture
def fault() -> Fault:
    return Fault.REFUSES


@pytest.fixture
async def proxy(fault: Fault, port: int, proxy_port: int) -> AsyncIterator[FaultyProxy]:
    faulty = FaultyProxy(fault, proxy_port, port)
    async with faulty.serving():
        yield faulty


@pytest.fixture
async def page(chromium: Browser, public_url: str) -> AsyncIterator[Page]:
    """A tab whose console may complain: Chromium does about each socket that fails."""
    width, height = PHONE
    context = await new_context(chromium, base_url=public_url, viewport={"width": width, "height": height})
    tab = await new_tab(context)
    yield tab
    await close(context)


async def walk_to_connected(page: Page, served: Served) -> None:
    pairing = await served.start_pairing()
    await reach_the_question(page, pairing["user_code"])
    await expect(page.get_by_role("timer")).to_have_text("9:59")
    await page.get_by_role("button", name="Approve").click()
    await expect(page.get_by_role("heading", level=1)).to_have_text("Approved")
    assert "access_token" in await served.poll(pairing)
    await expect(page.get_by_role("heading", level=1)).to_have_text("Your device is connected")
    await expect(page).to_have_title(re.compile("Your device is connected"))


def navigations(proxy: FaultyProxy) -> list[str]:
    return [page for page in proxy.pages if "/consent" in page or "/outcome" in page]


_FAULTS = [Fault.STRIPS_UPGRADE, Fault.HANGS, Fault.CUTS, Fault.REFUSES]


@pytest.mark.parametrize("fault", _FAULTS, ids=lambda fault: fault.name.lower())
async def test_pairing_ends_without_a_reload(proxy: FaultyProxy, served: Served, page: Page) -> None:
    """The time counts down, the outcome appears, and each page is requested once."""
    await walk_to_connected(page, served)
    gone_to = [line.split("?")[0] for line in navigations(proxy)]
    # The response to a form is a redirect; only GETs are pages.
    assert [line for line in gone_to if line.startswith("GET")] == ["GET /consent", "GET /outcome"]
    assert proxy.parts > 0


async def test_page_says_that_it_polls(proxy: FaultyProxy, served: Served, page: Page) -> None:
    pairing = await served.start_pairing()
    await reach_the_question(page, pairing["user_code"])
    await expect(page.locator("#connection")).to_have_text(POLLS)
    await page.get_by_role("button", name="Approve").click()
    await expect(page.locator("#connection")).to_have_text(POLLS)


async def test_scripts_of_nicegui_are_not_needed(proxy: FaultyProxy, served: Served, page: Page) -> None:
    await page.route("**/_nicegui/**", lambda route: route.abort())
    await walk_to_connected(page, served)


async def test_expired_code_is_noticed(proxy: FaultyProxy, served: Served, page: Page) -> None:
    pairing = await served.start_pairing()
    await reach_the_question(page, pairing["user_code"])
    await expect(page.locator("#connection")).to_have_text(POLLS)
    served.clock.now += 600
    await expect(page.get_by_role("heading", level=1)).to_have_text("This code has expired")


async def test_lost_connection_is_announced_and_covers_nothing(
    proxy: FaultyProxy, served: Served, page: Page
) -> None:
    pairing = await served.start_pairing()
    await reach_the_question(page, pairing["user_code"])
    approve = page.get_by_role("button", name="Approve")
    before = await approve.bounding_box()
    proxy.is_down = True
    await expect(page.get_by_role("status").filter(has_text=LOST)).to_be_visible()
    assert await approve.bounding_box() == before
    await approve.click(trial=True)
    proxy.is_down = False
    await expect(page.locator("#connection")).not_to_contain_text(LOST)
    await approve.click()
    await expect(page.get_by_role("heading", level=1)).to_have_text("Approved")


async def test_line_moves_no_button_in_any_language(proxy: FaultyProxy, served: Served, page: Page) -> None:
    """It appears as a person is about to tap, so it has room beside the name of the site."""
    pairing = await served.start_pairing()
    await reach_the_question(page, pairing["user_code"])
    line, button = page.locator("#connection"), page.get_by_role("button", name="Approve")
    texts = [await line.get_attribute(name) for name in ("data-lost", "data-polls")]
    assert all(texts)
    before = await button.bounding_box()
    for language in languages():
        for text in texts:
            write_for(Reader(language))
            shown = gettext((text or "").replace("{seconds}", "%(seconds)s")) % {"seconds": 15}
            await line.evaluate("(line, text) => line.innerHTML = `<p>${text}</p>`", shown)
            assert await button.bounding_box() == before, shown


async def test_restarted_server_does_not_reload_the_page(
    proxy: FaultyProxy, served: Served, page: Page
) -> None:
    """The new process does not know the page, and refuses its socket; the page goes on by polling."""
    proxy.fault = Fault.CUTS
    pairing = await served.start_pairing()
    await reach_the_question(page, pairing["user_code"])
    await page.get_by_role("button", name="Approve").click()
    await expect(page.get_by_role("heading", level=1)).to_have_text("Approved")
    await served.restart()
    await served.poll(pairing)
    await expect(page.get_by_role("heading", level=1)).to_have_text("Your device is connected")
    assert navigations(proxy)[-1].startswith("GET /outcome")
    assert sum(line.startswith("GET /outcome") for line in navigations(proxy)) == 1


async def approve(page: Page, served: Served) -> dict[str, str]:
    pairing = await served.start_pairing()
    await reach_the_question(page, pairing["user_code"])
    await page.get_by_role("button", name="Approve").click()
    await expect(page.get_by_role("heading", level=1)).to_have_text("Approved")
    return pairing


async def set_hidden(page: Page, *, hidden: bool) -> None:
    """As if the phone were locked, or another tab shown; a browser without a window never hides one."""
    await page.evaluate(
        """hidden => {
            Object.defineProperty(document, "hidden", {configurable: true, get: () => hidden});
            document.dispatchEvent(new Event("visibilitychange"));
        }""",
        hidden,
    )


class TestHiddenPage:
    async def test_page_that_polls_asks_nothing_while_it_is_hidden(
        self, proxy: FaultyProxy, served: Served, page: Page
    ) -> None:
        await stop_time(page)
        pairing = await approve(page, served)
        await page.clock.run_for(4100)
        await expect(page.locator("#connection")).to_have_text(POLLS)
        await set_hidden(page, hidden=True)
        asked = proxy.parts
        await page.clock.run_for(600_000)
        assert proxy.parts == asked
        await page.clock.resume()
        await served.poll(pairing)
        await set_hidden(page, hidden=False)
        await expect(page.get_by_role("heading", level=1)).to_have_text("Your device is connected")

    @pytest.mark.parametrize("fault", [Fault.SILENCES])
    async def test_page_whose_socket_died_unnoticed_is_right_when_it_is_shown(
        self, proxy: FaultyProxy, served: Served, page: Page
    ) -> None:
        pairing = await approve(page, served)
        await expect(page.locator("#app div").first).to_be_attached()  # NiceGUI runs
        await set_hidden(page, hidden=True)
        proxy.is_silent = True
        await served.poll(pairing)
        await set_hidden(page, hidden=False)
        await expect(page.get_by_role("heading", level=1)).to_have_text("Your device is connected")

    @pytest.mark.parametrize("fault", [Fault.SILENCES])
    async def test_page_that_is_shown_without_a_network_says_so(
        self, proxy: FaultyProxy, served: Served, page: Page
    ) -> None:
        await approve(page, served)
        await set_hidden(page, hidden=True)
        proxy.is_silent = proxy.is_down = True
        await set_hidden(page, hidden=False)
        await expect(page.get_by_role("status").filter(has_text=LOST)).to_be_visible()


def _listens(port: int) -> bool:
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) == 0


class TestBareNginx:
    @pytest.fixture
    def nginx(self, tmp_path: Path, port: int, proxy_port: int) -> Iterator[None]:
        program = shutil.which("nginx") or shutil.which("nginx", path="/usr/sbin")
        if program is None:
            pytest.skip("there is no nginx")
        (tmp_path / "nginx.conf").write_text(
            f"daemon off; pid {tmp_path}/pid; error_log {tmp_path}/error.log; events {{}}\n"
            f"http {{ access_log off;\n"
            f"client_body_temp_path {tmp_path}/body; proxy_temp_path {tmp_path}/proxy;\n"
            f"fastcgi_temp_path {tmp_path}/f; uwsgi_temp_path {tmp_path}/u; scgi_temp_path {tmp_path}/s;\n"
            f"server {{ listen 127.0.0.1:{proxy_port};\n"
            f"location / {{ proxy_pass http://127.0.0.1:{port}; }} }} }}\n"
        )
        log = f"{tmp_path}/error.log"
        process = subprocess.Popen([program, "-e", log, "-p", tmp_path, "-c", f"{tmp_path}/nginx.conf"])
        try:
            ends_at = time.monotonic() + PATIENCE
            while not _listens(proxy_port):
                assert process.poll() is None
                assert time.monotonic() < ends_at
                time.sleep(0.02)  # what is waited for lives in another process
            yield
        finally:
            process.terminate()
            process.wait()

    async def test_pairing_ends_behind_it(self, nginx: None, served: Served, page: Page) -> None:
        await walk_to_connected(page, served)
