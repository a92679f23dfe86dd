"""The full-screen modes in a process of their own, on a terminal of their own: how a signal ends them."""

import os
import pty
import select
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import pytest

from tests.device.fake_server import FakeServer
from tests.processes.programs import PATIENCE

OnTerminal = tuple["subprocess.Popen[bytes]", int]

PROGRAM = """
import runpy, signal
signal.signal(signal.SIGINT, signal.default_int_handler)  # a test run in the background ignores it
runpy.run_module("pairgrant", run_name="__main__")
"""


@contextmanager
def on_a_terminal(
    *arguments: str, variables: dict[str, str]
) -> Iterator[tuple[subprocess.Popen[bytes], int]]:
    """``pairgrant`` with a terminal of its own, and the end of that terminal from which it is read."""
    reading_end, terminal = pty.openpty()
    command = [sys.executable, "-c", PROGRAM, *arguments]
    process = subprocess.Popen(
        command, stdin=terminal, stdout=terminal, stderr=terminal, env=variables, start_new_session=True
    )
    os.close(terminal)
    try:
        yield process, reading_end
    finally:
        process.kill()
        process.wait()
        os.close(reading_end)


def read_until(descriptor: int, wanted: bytes) -> None:
    seen = b""
    while wanted not in seen:
        assert select.select([descriptor], [], [], PATIENCE)[0], seen
        seen += os.read(descriptor, 65536)


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
@pytest.mark.parametrize("command", ["login", "kiosk"])
def test_signal_ends_a_screen_as_interrupted(
    start_server: Callable[..., FakeServer], variables: dict[str, str], command: str, number: signal.Signals
) -> None:
    environment = {
        **variables,
        "PAIRGRANT_ISSUER": start_server().issuer,
        "PAIRGRANT_AUTO": "yes",
        "TERM": "xterm-256color",
        "LANG": "C.UTF-8",
        "COLUMNS": "80",
        "LINES": "24",
    }
    with on_a_terminal(
        command, "--device-code" if command == "login" else "--auto", variables=environment
    ) as (
        process,
        descriptor,
    ):
        read_until(descriptor, b"127.0.0.1")
        process.send_signal(number)
        while process.poll() is None:
            if select.select([descriptor], [], [], 0.1)[0]:
                try:
                    os.read(descriptor, 65536)
                except OSError:  # the terminal is closed
                    break
        assert process.wait(PATIENCE) == 130
