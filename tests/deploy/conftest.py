"""What deploy/ ships, put to use: two real servers on a real PostgreSQL, and a real nginx with the shipped conf before them."""

import asyncio
import os
import shutil
import subprocess
import sys
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass, field
from pathlib import Path

import httpx
import pytest
from playwright.async_api import Page, async_playwright, expect

DEPLOY = Path(__file__).parents[2] / "deploy"
NGINX = shutil.which("nginx") or "/usr/sbin/nginx"
CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser") or "/usr/bin/chromium"
PATIENCE = 120.0
"""Seconds that nothing takes unless it hangs, on a machine that is busy with other things too."""

PASSWORD = "correct horse battery"
SCOPE = "openid profile email offline_access board:read board:write"


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Without nginx or Chromium the tests that need them say so; in CI they fail instead."""
    missing = [name for name, path in (("nginx", NGINX), ("Chromium", CHROMIUM)) if not Path(path).exists()]
    if missing and os.environ.get("CI") != "true":
        for item in items:
            if item.path.name == "test_nginx.py":
                item.add_marker(pytest.mark.skip(reason=f"needs {' and '.join(missing)}"))


def still_runs(process: subprocess.Popen[bytes], log: Path) -> None:
    assert process.poll() is None, f"{log.name}: {log.read_text()}"


async def answers(url: str, process: subprocess.Popen[bytes], log: Path) -> None:
    """Until ``/healthz`` does; ``process`` may not end before that."""
    async with httpx.AsyncClient(trust_env=False, verify=False) as client:
        async with asyncio.timeout(PATIENCE):
            while True:
                try:
                    if (await client.get(f"{url}/healthz")).is_success:
                        return
                except httpx.TransportError:
                    still_runs(process, log)
                await asyncio.sleep(0.05)


@dataclass
class Installation:
    """Servers behind nginx; ``settings`` are those of every server."""

    folder: Path
    port: int
    server_ports: list[int]
    settings: dict[str, str]
    scheme: str = "http"
    servers: list[subprocess.Popen[bytes]] = field(default_factory=list)
    nginx: subprocess.Popen[bytes] | None = None

    @property
    def url(self) -> str:
        return f"{self.scheme}://127.0.0.1:{self.port}"

    @property
    def environment(self) -> dict[str, str]:
        kept = {name: value for name, value in os.environ.items() if not name.startswith("PAIRGRANT_")}
        return {**kept, "PAIRGRANT_PUBLIC_URL": self.url, **self.settings}

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

    async def start_servers(self) -> None:
        for port in self.server_ports:
            with self.server_log(port).open("wb") as log:
                self.servers.append(
                    subprocess.Popen(  # noqa: ASYNC220 - returns at once
                        [sys.executable, "-m", "pairgrant_server", "run", "--port", str(port)],
                        env=self.environment,
                        stdout=log,
                        stderr=log,
                    )
                )
        for port, process in zip(self.server_ports, self.servers, strict=True):
            await answers(f"http://127.0.0.1:{port}", process, self.server_log(port))

    def server_log(self, port: int) -> Path:
        return self.folder / f"server-{port}.log"

    def write_conf(self, listen: str, *, redirect: str = "") -> Path:
        """The shipped conf, and in the folder beside it what differs from site to site."""
        conf = self.folder / "nginx"
        (conf / "pairgrant").mkdir(parents=True)
        servers = "".join(
            f"server 127.0.0.1:{port} max_fails=2 fail_timeout=5s;\n" for port in self.server_ports
        )
        logs = (DEPLOY / "nginx/pairgrant/logs.conf").read_text().replace("/var/log/nginx", str(conf))
        own = {"servers": servers, "listen": listen, "logs": logs, "redirect": redirect}
        for name, text in own.items():
            (conf / "pairgrant" / f"{name}.conf").write_text(text)
        temporary = "".join(
            f"{kind}_temp_path {conf}/{kind};\n"
            for kind in ("client_body", "proxy", "fastcgi", "uwsgi", "scgi")
        )
        user = "user root;" if os.geteuid() == 0 else ""
        (conf / "nginx.conf").write_text(
            f"{user}\ndaemon off;\nworker_processes 2;\npid {conf}/pid;\nerror_log {conf}/start.log;\n"
            f"events {{ worker_connections 512; }}\n"
            f"http {{\n{temporary}include {DEPLOY / 'nginx/pairgrant.conf'};\n}}\n"
        )
        return conf / "nginx.conf"

    async def start_nginx(self, listen: str | None = None) -> None:
        conf = self.write_conf(listen or f"listen 127.0.0.1:{self.port};\n")
        command = [NGINX, "-c", str(conf), "-e", str(conf.with_name("start.log"))]
        self.nginx = subprocess.Popen(command)  # noqa: ASYNC220 - returns at once
        await answers(self.url, self.nginx, conf.with_name("start.log"))

    @property
    def access_log(self) -> str:
        return (self.folder / "nginx/access.log").read_text()

    @property
    def all_logs(self) -> str:
        """Everything that nginx and the servers wrote."""
        return "".join(path.read_text() for path in self.folder.rglob("*.log"))

    def stop(self) -> None:
        for process in [*self.servers, *([self.nginx] if self.nginx else [])]:
            if process.poll() is None:
                process.terminate()
        for process in [*self.servers, *([self.nginx] if self.nginx else [])]:
            process.wait(PATIENCE)


@pytest.fixture
def settings() -> dict[str, str]:
    """Variables of this test's servers beyond the usual; a class that needs others overrides it."""
    return {}


@pytest.fixture
async def installation(
    empty_database: str, tmp_path: Path, settings: dict[str, str], free_port: Callable[[], int]
) -> AsyncIterator[Installation]:
    """Two servers with the user alice and the client lobby-tv; nginx is for the test to start."""
    port, *server_ports = (free_port() for _ in range(3))
    usual = {
        "PAIRGRANT_DATABASE": empty_database,
        "PAIRGRANT_SERVER_KEY_FILE": str(tmp_path / "server.key"),
        "PAIRGRANT_TRUSTED_PROXIES": "127.0.0.1",
        "PAIRGRANT_INTERVAL": "1",
    }
    installation = Installation(tmp_path, port, server_ports, {**usual, **settings})
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
        context = await browser.new_context(
            viewport={"width": 360, "height": 740}, is_mobile=True, has_touch=True, ignore_https_errors=True
        )
        context.set_default_timeout(PATIENCE * 1000)
        expect.set_options(timeout=PATIENCE * 1000)
        yield await context.new_page()
        await browser.close()
