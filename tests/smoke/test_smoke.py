"""What has to work with the oldest and the newest allowed version of every dependency (`make smoke`).

A server process starts, one device is paired by HTTP, every endpoint takes a POST, and the kiosk draws its
first screen.
"""

import fcntl
import os
import pty
import select
import struct
import subprocess
import sys
import termios
import time
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

import httpx
import pyte
import pytest

from benchmarks.person import Person
from pairgrant_protocol.vocabulary import GrantType

PASSWORD = "correct horse battery"
PATIENCE = 120.0
COLUMNS, LINES = 100, 40


@dataclass(frozen=True, slots=True)
class RunningServer:
    url: str
    log: Path


def environment(folder: Path) -> dict[str, str]:
    kept = {name: value for name, value in os.environ.items() if not name.startswith("PAIRGRANT_")}
    return kept | {"PAIRGRANT_DATABASE": f"sqlite:///{folder / 'pairgrant.db'}"}


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory, free_port: Callable[[], int]) -> Iterator[RunningServer]:
    folder = tmp_path_factory.mktemp("server")
    program = (sys.executable, "-m", "pairgrant_server")
    for words, typed in (
        (("user", "add", "alice", "--password-stdin"), PASSWORD),
        (("client", "add", "lobby-tv", "--name", "Lobby TV", "--grant", "device_code"), ""),
    ):
        subprocess.run([*program, *words], input=typed, env=environment(folder), text=True, check=True)
    url = f"http://127.0.0.1:{free_port()}"
    command = [*program, "run", "--port", url.rpartition(":")[2], "--public-url", url]
    log = folder / "server.log"
    with log.open("wb") as output:
        process = subprocess.Popen(command, env=environment(folder), stdout=output, stderr=output)
    try:
        _wait_until_healthy(url, process, log)
        yield RunningServer(url, log)
    finally:
        process.terminate()
        process.wait(PATIENCE)


def _wait_until_healthy(url: str, process: subprocess.Popen[bytes], log: Path) -> None:
    deadline = time.monotonic() + PATIENCE
    while process.poll() is None and time.monotonic() < deadline:
        try:
            httpx.get(f"{url}/healthz", trust_env=False, timeout=PATIENCE).raise_for_status()
        except httpx.HTTPError:
            time.sleep(0.05)
        else:
            return
    pytest.fail(f"the server did not start:\n{log.read_text()}")


@pytest.fixture
async def client(server: RunningServer) -> AsyncIterator[httpx.AsyncClient]:
    async with httpx.AsyncClient(base_url=server.url, trust_env=False, timeout=PATIENCE) as http:
        yield http


async def test_server_knows_the_installed_uvicorn(client: httpx.AsyncClient, server: RunningServer) -> None:
    assert (await client.get("/healthz")).status_code == 200
    assert "uvicorn" not in server.log.read_text()


async def test_device_is_paired_by_http(client: httpx.AsyncClient, server: RunningServer) -> None:
    response = await client.post("/device_authorization", data={"client_id": "lobby-tv"})
    assert response.status_code == 200, response.text
    codes = response.json()
    async with Person(server.url) as phone:
        sign_in = await phone.enter_code(codes["user_code"])
        consent = await phone.sign_in(sign_in, "alice", PASSWORD)
        await phone.approve(consent)
    poll = {
        "grant_type": GrantType.DEVICE_CODE,
        "device_code": codes["device_code"],
        "client_id": "lobby-tv",
    }
    response = await client.post("/token", data=poll)
    assert response.status_code == 200, response.text
    assert response.json()["access_token"]


async def test_every_endpoint_takes_a_post(client: httpx.AsyncClient) -> None:
    metadata = (await client.get("/.well-known/oauth-authorization-server")).json()
    endpoints = {name: url for name, url in metadata.items() if name.endswith("_endpoint")}
    assert len(endpoints) >= 8
    for name, url in endpoints.items():
        response = await client.post(urlsplit(url).path, data={"client_id": "nonesuch"})
        assert response.status_code in {200, 303, 400, 401, 403}, (name, response.status_code)
        assert response.text != "Invalid HTTP request received.", name


async def test_every_page_opens(client: httpx.AsyncClient) -> None:
    for path in ("/", "/device", "/signin"):
        page = await client.get(path, follow_redirects=True)
        assert page.status_code == 200, path
        assert "<html" in page.text, path


def test_kiosk_draws_its_first_screen(server: RunningServer, tmp_path: Path) -> None:
    ours, theirs = pty.openpty()
    fcntl.ioctl(theirs, termios.TIOCSWINSZ, struct.pack("HHHH", LINES, COLUMNS, 0, 0))
    process = subprocess.Popen(
        [sys.executable, "-m", "pairgrant", "kiosk", "--issuer", server.url, "--client-id", "lobby-tv"],
        stdin=theirs,
        stdout=theirs,
        stderr=theirs,
        env=environment(tmp_path)
        | {"TERM": "xterm-256color", "PAIRGRANT_TOKEN_FILE": str(tmp_path / "token.json")},
    )
    os.close(theirs)
    screen = pyte.Screen(COLUMNS, LINES)
    stream = pyte.ByteStream(screen)
    deadline = time.monotonic() + PATIENCE
    try:
        while "Press Enter to start" not in (shown := "\n".join(screen.display)):
            assert time.monotonic() < deadline, shown
            if select.select([ours], [], [], 1.0)[0]:
                stream.feed(os.read(ours, 65_536))
        os.write(ours, b"q")
        while process.poll() is None and time.monotonic() < deadline:
            if select.select([ours], [], [], 0.05)[0]:
                _drain(ours)
        assert process.wait(PATIENCE) == 0
    finally:
        process.kill()
        process.wait()
        os.close(ours)


def _drain(terminal: int) -> None:
    with suppress(OSError):  # Linux reports the end of a terminal as an I/O error
        os.read(terminal, 65_536)
