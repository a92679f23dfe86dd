"""A terminal whose size changes all the time, and one that is closed."""

import os
import signal
import sys
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.device.fake_server import FakeServer
from tests.journey.terminal import Terminal


@pytest.fixture
def server() -> Iterator[FakeServer]:
    server = FakeServer()
    threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True).start()
    yield server
    server.shutdown()
    server.server_close()


def resize_often(terminal: Terminal) -> None:
    """200 sizes between 20 by 3 and 199 by 52, then the first one."""
    for number in range(200):
        columns, lines = 20 + number * 37 % 180, 3 + number * 13 % 50
        terminal.tmux("resize-window", "-x", str(columns), "-y", str(lines))
    terminal.tmux("resize-window", "-x", "100", "-y", "30")


async def test_kiosk_survives_storms_of_sizes_and_ends_when_it_is_hung_up(
    blank_terminal: Terminal, server: FakeServer, tmp_path: Path
) -> None:
    terminal = blank_terminal
    command = [sys.executable, "-m", "pairgrant", "kiosk", "--issuer", server.issuer, "--auto", "--no-config"]
    environment = {"PAIRGRANT_TOKEN_FILE": str(tmp_path / "token.json"), "PATH": os.environ["PATH"]}
    terminal.run(command, {**environment, "LANG": "C.UTF-8"})
    try:
        await terminal.shows("Waiting for you")
        resize_often(terminal)
        await terminal.shows("Waiting for you", "Scan with your phone")
        server.person("approve")
        await terminal.shows("Connected since")
        resize_often(terminal)
        await terminal.shows("Connected since", "Sign out")
        os.kill(int(terminal.process_id), signal.SIGHUP)
        await terminal.ends()
        assert "Traceback" not in terminal.screen
    finally:
        terminal.close()
