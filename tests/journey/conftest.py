"""Everything real: a server process on a real port, Chromium as the phone, and the terminal app in a real terminal."""

import asyncio
import os
import shutil
import ssl
import subprocess
import sys
import uuid
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import TypeVar

import httpx
import pytest
from playwright.async_api import Browser, Page, async_playwright, expect

CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser") or "/usr/bin/chromium"
PATIENCE = 120.0
"""Seconds that nothing takes unless it hangs, on a machine that is busy with other things too."""

PASSWORD = "correct horse battery"
SCOPE = "openid profile email offline_access board:read board:write"

Found = TypeVar("Found")


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


async def until(condition: Callable[[], Awaitable[bool]], what: str) -> None:
    """Wait for something that will be seen; it is looked for, never slept for."""
    try:
        async with asyncio.timeout(PATIENCE):
            while not await condition():  # noqa: ASYNC110 - what is waited for lives in another process
                await asyncio.sleep(0.05)
    except TimeoutError:
        pytest.fail(f"never seen: {what}")


@dataclass
class Service:
    """A ``pairgrant-server run`` of this test's own, with the user alice and the client lobby-tv."""

    folder: Path
    port: int
    settings: dict[str, str]
    process: subprocess.Popen[bytes] | None = field(default=None)
    scheme: str = "http"
    verify: ssl.SSLContext | bool = True

    @property
    def url(self) -> str:
        return f"{self.scheme}://127.0.0.1:{self.port}"

    @property
    def environment(self) -> dict[str, str]:
        kept = {name: value for name, value in os.environ.items() if not name.startswith("PAIRGRANT_")}
        return {**kept, "PAIRGRANT_DATABASE": f"sqlite:///{self.folder / 'pairgrant.db'}", **self.settings}

    def neighbour(self, folder: Path, port: int) -> "Service":
        """Another server of the same settings, and so on the same database where that can be shared."""
        return Service(folder, port, self.settings)

    def command(self, *words: str, stdin: str = "") -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [sys.executable, "-m", "pairgrant_server", *words],
            input=stdin,
            env=self.environment,
            capture_output=True,
            text=True,
            timeout=PATIENCE,
            check=False,
        )

    async def start(self) -> None:
        log = (self.folder / "server.log").open("ab")
        self.process = subprocess.Popen(  # noqa: ASYNC220 - returns at once
            [sys.executable, "-m", "pairgrant_server", "run", "--port", str(self.port)],
            env=self.environment,
            stdout=log,
            stderr=log,
        )
        log.close()
        process = self.process
        async with httpx.AsyncClient(trust_env=False, verify=self.verify) as client:

            async def answers() -> bool:
                try:
                    return (await client.get(f"{self.url}/healthz")).is_success
                except httpx.TransportError:
                    assert process.poll() is None, f"the server ended: {self.log}"
                    return False

            await until(answers, "the server's first answer")

    def stop(self) -> int:
        """SIGTERM, and the exit code it leads to."""
        assert self.process is not None
        self.process.terminate()
        code = self.process.wait(PATIENCE)
        self.process = None
        return code

    @property
    def log(self) -> str:
        return (self.folder / "server.log").read_text()


@pytest.fixture
def settings() -> dict[str, str]:
    """Variables of this test's server; a class that needs others overrides it."""
    return {"PAIRGRANT_INTERVAL": "1"}


@pytest.fixture
async def service(
    tmp_path: Path, settings: dict[str, str], free_port: Callable[[], int]
) -> AsyncIterator[Service]:
    service = Service(tmp_path, free_port(), settings)
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
    try:
        await service.start()
        yield service
    finally:
        if service.process is not None:
            service.stop()


class Terminal:
    """A real terminal of its own (tmux, without anyone's configuration)."""

    def __init__(self, folder: Path, columns: int, lines: int) -> None:
        self._socket = folder / f"tmux-{uuid.uuid4().hex[:8]}"
        self._size = ("-x", str(columns), "-y", str(lines))

    def tmux(self, *words: str, check: bool = True) -> str:
        done = subprocess.run(
            ["tmux", "-f", "/dev/null", "-S", str(self._socket), *words],
            capture_output=True,
            text=True,
            check=check,
            # Nothing of this process's own terminal, above all not its size.
            env={"PATH": os.environ["PATH"], "LANG": "C.UTF-8"},
        )
        return done.stdout

    def run(self, command: list[str], environment: dict[str, str]) -> None:
        variables = [word for name, value in environment.items() for word in ("-e", f"{name}={value}")]
        # One order: a program that ends at once would end a terminal that doesn't know yet that it shall remain.
        remain = ("start-server", ";", "set-option", "-g", "remain-on-exit", "on", ";")
        self.tmux(*remain, "new-session", "-d", *self._size, *variables, *command)

    def press(self, *keys: str) -> None:
        self.tmux("send-keys", *keys)

    @property
    def screen(self) -> str:
        return self.tmux("capture-pane", "-p")

    @property
    def process_id(self) -> str:
        return self.tmux("display-message", "-p", "#{pane_pid}").strip()

    async def ends(self) -> None:
        """Wait until the program has ended by itself."""

        async def is_dead() -> bool:
            return self.tmux("display-message", "-p", "#{pane_dead}").strip() == "1"

        await until(is_dead, "the end of the program")

    def close(self) -> None:
        self.tmux("kill-server", check=False)  # a test may have done so before

    async def shows(self, *texts: str) -> str:
        """The screen, once all of ``texts`` stand on it."""
        return await self.gives(
            lambda screen: screen if all(text in screen for text in texts) else None, f"{texts}"
        )

    async def gives(self, look: Callable[[str], Found | None], what: str) -> Found:
        """What ``look`` finds on the screen, once it does: the first look may meet a screen that is half drawn."""
        try:
            async with asyncio.timeout(PATIENCE):
                while (found := look(self.screen)) is None:  # noqa: ASYNC110 - another process draws it
                    await asyncio.sleep(0.05)
        except TimeoutError:
            pytest.fail(f"{what} not on the screen:\n{self.screen}")
        return found


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
    context = await browser.new_context(
        viewport={"width": 360, "height": 740}, is_mobile=True, has_touch=True
    )
    context.set_default_timeout(PATIENCE * 1000)
    expect.set_options(timeout=PATIENCE * 1000)
    yield await context.new_page()
    await context.close()
