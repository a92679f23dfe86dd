"""A server process on a real port, Chromium as the phone, and the terminal app in a real terminal."""

import os
import shutil
import sys
from collections.abc import AsyncIterator, Callable, Iterator
from pathlib import Path

import pytest
from playwright.async_api import Browser, Page, async_playwright

from tests.journey.service import PASSWORD, SCOPE, Service
from tests.journey.terminal import Terminal
from tests.journey.waiting import PATIENCE
from tests.processes.forked_programs import ForkedPrograms
from tests.processes.programs import Programs
from tests.tabs import close, new_context, new_tab

CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser") or "/usr/bin/chromium"


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Without Chromium or tmux these tests say so; in CI they fail instead."""
    missing = [
        name
        for name, found in (("Chromium", Path(CHROMIUM).exists()), ("tmux", shutil.which("tmux")))
        if not found
    ]
    if missing and os.environ.get("CI") != "true":
        for item in items:
            if Path(__file__).parent in item.path.parents:
                item.add_marker(pytest.mark.skip(reason=f"needs {' and '.join(missing)}"))


@pytest.fixture
def settings() -> dict[str, str]:
    """Variables of this test's server; a class that needs others overrides it."""
    return {"PAIRGRANT_INTERVAL": "1"}


@pytest.fixture(scope="session")
def server_programs(forked_programs: ForkedPrograms) -> Programs:
    """Start the server; a module about the process itself overrides it."""
    return forked_programs


@pytest.fixture(scope="session")
def furnished_folder(tmp_path_factory: pytest.TempPathFactory, forked_programs: ForkedPrograms) -> Path:
    """An SQLite database with the user and the client, and its server key: each test gets a copy."""
    folder = tmp_path_factory.mktemp("furnished")
    furnish(Service(folder, 0, {}, forked_programs, forked_programs))
    return folder


def furnish(service: Service) -> None:
    added = [
        service.command(
            "user", "add", "alice", "--display-name", "Alice Liddell", "--password-stdin", stdin=PASSWORD
        ),
        service.command(
            *("client", "add", "lobby-tv", "--name", "Lobby TV", "--scope", SCOPE),
            *("--grant", "device_code", "--grant", "refresh_token"),
        ),
    ]
    assert [done.returncode for done in added] == [0, 0], added


@pytest.fixture
def stopped_service(
    tmp_path: Path,
    settings: dict[str, str],
    free_port: Callable[[], int],
    forked_programs: ForkedPrograms,
    server_programs: Programs,
) -> Service:
    return Service(tmp_path, free_port(), settings, forked_programs, server_programs)


@pytest.fixture
async def service(stopped_service: Service, furnished_folder: Path) -> AsyncIterator[Service]:
    service = stopped_service
    if "PAIRGRANT_DATABASE" in service.settings:
        furnish(service)
    else:
        shutil.copytree(furnished_folder, service.folder, dirs_exist_ok=True)
    try:
        await service.start()
        yield service
    finally:
        if service.running is not None:
            service.stop()


@pytest.fixture
def blank_terminal(tmp_path: Path) -> Terminal:
    """A terminal in which nothing runs yet."""
    return Terminal(tmp_path, 100, 30)


@pytest.fixture
def kiosk(service: Service, tmp_path: Path) -> Iterator[Callable[..., Terminal]]:
    """Starts ``pairgrant kiosk`` in a terminal of the given size."""
    terminals: list[Terminal] = []

    def start(*words: str, columns: int = 80, lines: int = 24) -> Terminal:
        terminal = Terminal(tmp_path, columns, lines)
        terminals.append(terminal)
        terminal.run(
            [
                *(
                    sys.executable,
                    "-m",
                    "pairgrant",
                    "kiosk",
                    "--issuer",
                    service.url,
                    "--client-id",
                    "lobby-tv",
                ),
                *("--scope", SCOPE, "--device-name", "Lobby screen", *words),
            ],
            {
                "PAIRGRANT_TOKEN_FILE": str(tmp_path / "token.json"),
                "PATH": os.environ["PATH"],
                "LANG": "C.UTF-8",
            },
        )
        return terminal

    yield start
    for terminal in terminals:
        terminal.close()


@pytest.fixture
async def browser() -> AsyncIterator[Browser]:
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(
            executable_path=CHROMIUM,
            args=[
                "--no-sandbox",
                "--disable-gpu",
                "--disable-quic",
                "--no-first-run",
                "--disable-background-networking",
            ],
            timeout=PATIENCE * 1000,
        )
        yield browser
        await browser.close()


@pytest.fixture
async def phone(browser: Browser) -> AsyncIterator[Page]:
    context = await new_context(
        browser, viewport={"width": 360, "height": 740}, is_mobile=True, has_touch=True
    )
    yield await new_tab(context)
    await close(context)
