"""A kiosk without network, behind a login page, before a server that hangs: a process in its own network.

Each walk is taken on screens and in plain text: what is wrong, since when, when the next try is, and Enter.
"""

import asyncio
import os
import re
import ssl
import subprocess
import sys
import threading
import time
from collections.abc import AsyncIterator, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
import trustme

from pairgrant.exit_codes import ExitCode
from tests.device.fake_server import FakeServer
from tests.journey.lone_network import (
    ADDRESS,
    LOGIN_PAGE,
    REDIRECT,
    LoneNetwork,
    can_make_namespaces,
    lone_network,
)
from tests.journey.terminal import Terminal
from tests.journey.waiting import PATIENCE, until

pytestmark = pytest.mark.skipif(
    not can_make_namespaces() and os.environ.get("CI") != "true", reason="needs network namespaces"
)

AT_ONCE = 12.0
"""Seconds that a busy machine may take for what happens at once; much less than the time-out of a request."""

CODE = {"screens": "Waiting for you", "plain": "Enter  WDJB-MJHT"}
BOARD = {"screens": "Connected since", "plain": "Lunch at 12"}
WELCOME = {"screens": "Connected since", "plain": "Hello, Ada Lovelace"}


@pytest.fixture
def server() -> Iterator[FakeServer]:
    server = FakeServer()
    threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True).start()
    yield server
    server.shutdown()
    server.server_close()


@pytest.fixture
async def network(server: FakeServer, tmp_path: Path) -> AsyncIterator[LoneNetwork]:
    port = server.server_address[1]
    server.issuer = f"http://{ADDRESS}:{port}"
    async with lone_network(tmp_path, port) as network:
        network.leads_to(port)
        yield network


def letters(text: str) -> str:
    """``text`` without blanks and line ends: a terminal breaks long lines within words."""
    return "".join(text.split())


def _next_try_in(screen: str) -> int:
    """The seconds that the screen says last; 0 if it says none."""
    words = " ".join(screen.split())
    found = re.findall(r"Next try in (?:(\d+):(\d\d)|(\d+) seconds?|1 (minute))", words)
    if not found:
        return 0
    minutes, rest, whole, minute = found[-1]
    return int(minutes or 0) * 60 + int(rest or whole or 0) + (60 if minute else 0)


class Walk:
    """A kiosk in the network, on screens or in plain text."""

    def __init__(self, way: str, network: LoneNetwork, terminal: Terminal, folder: Path) -> None:
        self._way = way
        self._network = network
        self.terminal = terminal
        self._folder = folder

    def start(self, issuer: str, *words: str) -> None:
        plain = ["--plain", "--no-qr"] if self._way == "plain" else []
        command = [
            *(sys.executable, "-m", "pairgrant", "kiosk", "--issuer", issuer, "--auto"),
            *("--no-config", *plain, *words),
        ]
        self.terminal.run(
            self._network.inside(*command),
            {
                "PAIRGRANT_TOKEN_FILE": str(self._folder / "token.json"),
                "PATH": os.environ["PATH"],
                "LANG": "C.UTF-8",
            },
        )

    async def fails(self, reason: str, since: str = r"[Ss]ince\d\d:\d\d") -> str:
        """Wait until ``reason`` is shown, since when, and when the next try is."""

        def is_shown(screen: str) -> str | None:
            whole = letters(screen)
            wanted = letters(reason) in whole and letters("Next try in") in whole
            return screen if wanted and re.search(since, whole) else None

        return await self.terminal.gives(is_shown, f"{reason!r}, since when, and the next try")

    async def stops_loading_notices(self) -> None:
        """Wait until the kiosk says that it can't load the notices."""

        def is_said(screen: str) -> bool | None:
            if self._way == "screens":
                return letters("Showing what was here") in letters(screen) or None
            return letters("can't be reached") in letters(screen.rpartition("Notices (")[2]) or None

        await self.terminal.gives(is_said, "the failure to load notices")

    async def next_try_is_in(self, seconds: int) -> None:
        """Wait until the wait before the next try is at least ``seconds``."""
        await self.terminal.gives(
            lambda screen: _next_try_in(screen) >= seconds or None, f"a wait of {seconds} s"
        )

    async def enter_leads_to(self, *texts: str) -> None:
        """Press Enter; ``texts`` follow before the next try would have come by itself."""
        left, pressed = _next_try_in(self.terminal.screen), time.monotonic()
        self.terminal.press("Enter")
        await self.terminal.shows(*texts)
        if left > AT_ONCE:
            assert time.monotonic() - pressed < left - 1

    @property
    def board(self) -> str:
        """What stands where the notices are; their own letters may be drawn."""
        return BOARD[self._way]

    @property
    def welcome(self) -> str:
        """What stands there after a sign-in; the name may be drawn."""
        return WELCOME[self._way]

    @property
    def code(self) -> str:
        return CODE[self._way]


@pytest.fixture(params=["screens", "plain"])
def walk(request: pytest.FixtureRequest, network: LoneNetwork, tmp_path: Path) -> Iterator[Walk]:
    terminal = Terminal(tmp_path, 100, 30)
    yield Walk(request.param, network, terminal, tmp_path)
    terminal.close()


async def test_boot_without_network(walk: Walk, network: LoneNetwork, server: FakeServer) -> None:
    network.down()
    walk.start(server.issuer)
    await walk.fails("can't be reached")
    if walk.code == CODE["screens"]:
        await walk.next_try_is_in(8)
    network.up()
    await walk.enter_leads_to(walk.code)


async def test_network_comes_back_by_itself(walk: Walk, network: LoneNetwork, server: FakeServer) -> None:
    network.down()
    walk.start(server.issuer)
    await walk.fails("can't be reached")
    network.up()
    await walk.terminal.shows(walk.code)


async def test_name_that_cannot_be_looked_up(walk: Walk, network: LoneNetwork, server: FakeServer) -> None:
    server.issuer = f"http://pair.example:{network.port}"
    walk.start(server.issuer)
    await walk.fails("can't be looked up (DNS)")
    network.name("pair.example")
    await walk.enter_leads_to(walk.code)


@pytest.mark.parametrize(
    ("response", "reason"),
    [
        (REDIRECT, "redirects this device to http://login.hotel"),
        (LOGIN_PAGE, "the network's own sign-in page"),
    ],
    ids=["redirect", "page"],
)
async def test_login_page_of_the_network(
    walk: Walk, network: LoneNetwork, server: FakeServer, response: bytes, reason: str
) -> None:
    network.responds(response)
    walk.start(server.issuer)
    await walk.fails(reason)
    network.leads_to(network.port)
    await walk.enter_leads_to(walk.code)


async def test_server_that_hangs(walk: Walk, network: LoneNetwork, server: FakeServer) -> None:
    network.hangs()
    walk.start(server.issuer)
    await walk.fails("doesn't respond in time")
    network.leads_to(network.port)
    await walk.enter_leads_to(walk.code)


async def test_network_dies_while_a_code_is_shown_and_while_connected(
    walk: Walk, network: LoneNetwork, server: FakeServer
) -> None:
    walk.start(server.issuer)
    await walk.terminal.shows(walk.code)
    network.down()
    await walk.fails("No response since" if walk.code == CODE["screens"] else "The code stays valid")
    server.person("approve")
    await asyncio.sleep(4)
    network.up()
    await walk.enter_leads_to(walk.welcome)
    server.person("notice", "Lunch at 12")
    await walk.terminal.shows(walk.board)
    network.down()
    await walk.stops_loading_notices()
    server.person("notice", "Fire drill at ten")
    network.up()
    await walk.enter_leads_to("Connected" if walk.board == BOARD["screens"] else "Fire drill at ten")


async def test_code_never_outlives_its_end_before_a_server_that_hangs(
    walk: Walk, network: LoneNetwork, server: FakeServer
) -> None:
    server.expires_in = 6
    walk.start(server.issuer)
    await walk.terminal.shows(walk.code)
    network.hangs()
    began = time.monotonic()
    await walk.terminal.shows("has not responded yet")
    assert time.monotonic() - began < 6 + AT_ONCE


async def test_sign_in_ends_with_its_code_before_a_server_that_hangs(
    network: LoneNetwork, server: FakeServer, tmp_path: Path
) -> None:
    server.expires_in = 6
    words = ("--issuer", server.issuer, "--plain", "--no-qr")
    process = await asyncio.create_subprocess_exec(
        *network.inside(sys.executable, "-m", "pairgrant", "login", *words),
        env={"PATH": os.environ["PATH"], "PAIRGRANT_TOKEN_FILE": str(tmp_path / "token.json")},
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    )
    assert process.stdout is not None
    async with asyncio.timeout(PATIENCE):
        while b"WDJB-MJHT" not in (line := await process.stdout.readline()):
            assert line, "it ended before it had a code"
    network.hangs()
    began = time.monotonic()
    async with asyncio.timeout(PATIENCE):
        _, said = await process.communicate()
    assert time.monotonic() - began < 6 + AT_ONCE
    assert b"The code expired" in said
    assert process.returncode == ExitCode.EXPIRED


async def test_certificate_that_is_not_valid_yet(
    walk: Walk, network: LoneNetwork, server: FakeServer, tmp_path: Path
) -> None:
    """As a device sees it whose clock stands still since it was last on."""
    authority = trustme.CA()
    authority.cert_pem.write_to_path(tmp_path / "authority.pem")
    server.issuer = f"https://{ADDRESS}:{network.port}"
    tomorrow = datetime.now(tz=UTC) + timedelta(days=1)
    await network.open_gate(tls_of(authority.issue_cert(ADDRESS, not_before=tomorrow)))
    walk.start(server.issuer, "--ca-file", str(tmp_path / "authority.pem"))
    await walk.fails("Check this device's clock")
    await network.open_gate(tls_of(authority.issue_cert(ADDRESS)))
    await walk.enter_leads_to(walk.code)


def tls_of(certificate: trustme.LeafCert) -> ssl.SSLContext:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    certificate.configure_cert(context)
    return context


@pytest.mark.parametrize("stdin", ["closed", "null", "ended pipe", "newlines"])
async def test_stdin_that_is_no_terminal_never_keeps_the_processor_busy(
    network: LoneNetwork, server: FakeServer, tmp_path: Path, stdin: str
) -> None:
    redirections = {
        "closed": "<&-",
        "null": "< /dev/null",
        "ended pipe": "< <(true)",
        "newlines": "< <(exec yes '')",
    }
    log = tmp_path / "log"
    network.down()
    command = [
        *(sys.executable, "-m", "pairgrant", "kiosk", "--issuer", server.issuer),
        *("--plain", "--auto", "--no-config"),
    ]
    with log.open("wb") as output:
        process = await asyncio.create_subprocess_exec(
            *network.inside("bash", "-c", f'exec "$@" {redirections[stdin]}', "bash", *command),
            env={"PATH": os.environ["PATH"], "PAIRGRANT_TOKEN_FILE": str(tmp_path / "token.json")},
            stdout=output,
            stderr=subprocess.STDOUT,
        )

    async def says(text: str) -> bool:
        return text in log.read_text()

    try:
        await until(lambda: says("Next try in"), "the first failure")
        before = processor_seconds(process.pid)
        await asyncio.sleep(5)
        assert processor_seconds(process.pid) - before < 0.5
        network.up()
        await until(lambda: says("WDJB-MJHT"), "a code")
        assert "Press Enter" not in log.read_text()
    finally:
        process.kill()
        await process.wait()


def processor_seconds(process_id: int) -> float:
    """The processor time that a process has used."""
    fields = Path(f"/proc/{process_id}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")
