"""The files of deploy/ in use: two servers on PostgreSQL behind an nginx with the shipped configuration."""

import os
import shutil
from collections.abc import AsyncIterator, Callable
from pathlib import Path

import pytest
from playwright.async_api import Page, async_playwright

from tests.deploy.installation import NGINX, Installation
from tests.processes.forked_programs import ForkedPrograms
from tests.processes.programs import PATIENCE
from tests.tabs import new_context, new_tab

CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser") or "/usr/bin/chromium"
PASSWORD = "correct horse battery"
SCOPE = "openid profile email offline_access board:read board:write"


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Without nginx or Chromium the tests that need them say so; in CI they fail instead."""
    missing = [name for name, path in (("nginx", NGINX), ("Chromium", CHROMIUM)) if not Path(path).exists()]
    if missing and os.environ.get("CI") != "true":
        for item in items:
            if item.path.name == "test_nginx.py":
                item.add_marker(pytest.mark.skip(reason=f"needs {' and '.join(missing)}"))


@pytest.fixture
def settings() -> dict[str, str]:
    """Variables of this test's servers beyond the usual; a class that needs others overrides it."""
    return {}


@pytest.fixture
async def installation(
    empty_database: str,
    tmp_path: Path,
    settings: dict[str, str],
    free_port: Callable[[], int],
    forked_programs: ForkedPrograms,
) -> AsyncIterator[Installation]:
    """Two servers with the user alice and the client lobby-tv; nginx is for the test to start."""
    port, *server_ports = (free_port() for _ in range(3))
    usual = {
        "PAIRGRANT_DATABASE": empty_database,
        "PAIRGRANT_SERVER_KEY_FILE": str(tmp_path / "server.key"),
        "PAIRGRANT_TRUSTED_PROXIES": "127.0.0.1",
        "PAIRGRANT_INTERVAL": "1",
    }
    installation = Installation(tmp_path, port, server_ports, {**usual, **settings}, forked_programs)
    try:
        added = [
            installation.command("user", "add", "alice", "--password-stdin", stdin=PASSWORD),
            installation.command(
                *("client", "add", "lobby-tv", "--name", "Lobby TV", "--scope", SCOPE),
                *("--grant", "device_code", "--grant", "refresh_token"),
            ),
        ]
        assert [done.returncode for done in added] == [0, 0], added
        yield installation
    finally:
        installation.stop()


@pytest.fixture
async def behind_nginx(installation: Installation) -> Installation:
    await installation.start_servers()
    await installation.start_nginx()
    return installation


@pytest.fixture
async def phone() -> AsyncIterator[Page]:
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(
            executable_path=CHROMIUM,
            args=["--no-sandbox", "--disable-gpu", "--disable-background-networking"],
            timeout=PATIENCE * 1000,
        )
        context = await new_context(
            browser,
            viewport={"width": 360, "height": 740},
            is_mobile=True,
            has_touch=True,
            ignore_https_errors=True,
        )
        yield await new_tab(context)
        await browser.close()
