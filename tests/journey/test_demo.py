"""``pairgrant-server demo``, as the README promises it: one command, a phone, and nothing left behind."""

import os
import re
import signal
import subprocess
import sys
from collections.abc import AsyncIterator, Callable
from pathlib import Path

import pytest
from playwright.async_api import Page, expect

from tests.journey.terminal import Terminal
from tests.journey.waiting import PATIENCE, until
from tests.processes.proc import of_process
from tests.processes.programs import clean_environment


def folders_of_demos(parent: Path) -> list[Path]:
    return list(parent.glob("pairgrant-demo-*"))


@pytest.fixture
async def demo(blank_terminal: Terminal, tmp_path: Path) -> AsyncIterator[Terminal]:
    blank_terminal.run(
        [sys.executable, "-m", "pairgrant_server", "demo", "--port", "0"],
        {"TMPDIR": str(tmp_path), "PATH": os.environ["PATH"], "LANG": "C.UTF-8"},
    )
    yield blank_terminal
    blank_terminal.close()


async def test_demo_pairs_with_a_phone_and_removes_its_folder(
    demo: Terminal, phone: Page, tmp_path: Path
) -> None:
    await demo.shows("Press Enter to start", "On your phone, sign in as demo")
    password = await demo.gives(
        lambda screen: re.search(r"password\s+([a-z]{12}[0-9]{4})", screen), "the password"
    )
    demo.press("Enter")
    await demo.shows("Scan with your phone")
    address = await demo.gives(lambda screen: re.search(r"http://\S+/device", screen), "the address")
    (folder,) = folders_of_demos(tmp_path)
    assert folder.stat().st_mode & 0o777 == 0o700

    await phone.goto(address.group())
    await expect(phone.get_by_label("Code")).to_be_visible()
    await phone.goto(address.group().replace("/device", "/signin"))
    await phone.get_by_label("Username").fill("demo")
    await phone.get_by_label("Password").fill(password.group(1))
    await phone.get_by_role("button", name="Sign in").click()
    await expect(phone.get_by_role("heading", name="Your devices")).to_be_visible()

    demo.press("q")
    await demo.ends()
    told = await demo.shows("1. On your", "2. Sign in there as demo", "3. Compare the code")
    assert "The demo has ended" in told
    assert "Its database, its tokens" in told
    assert "Traceback" not in told
    assert folders_of_demos(tmp_path) == []


def processes_of(folder: Path) -> dict[int, str]:
    """Each process of a demo whose temporary folder is in ``folder``: its number and its command line."""
    found = {}
    for entry in Path("/proc").iterdir():
        if entry.name.isdecimal():
            number = int(entry.name)
            environment = of_process(number, "environ").split(b"\0")
            words = of_process(number, "cmdline").replace(b"\0", b" ").decode()
            if b"TMPDIR=" + str(folder).encode() in environment and words:
                found[number] = words
    return found


def number_of(folder: Path, words: str) -> int:
    (number,) = [number for number, command in processes_of(folder).items() if words in command]
    return number


async def nothing_is_left(folder: Path) -> None:
    async def is_clean() -> bool:
        return not processes_of(folder) and not folders_of_demos(folder)

    await until(is_clean, lambda: f"the end of {processes_of(folder)} and {folders_of_demos(folder)}")


def close_the_terminal(demo: Terminal, folder: Path) -> None:
    demo.close()


def send(number: signal.Signals, words: str) -> Callable[[Terminal, Path], None]:
    def kill(demo: Terminal, folder: Path) -> None:
        os.kill(number_of(folder, words), number)

    return kill


PARENT, SERVER, DEVICE, KEEPER = (
    "pairgrant_server demo",
    "pairgrant_server run",
    "pairgrant kiosk",
    "demo_keeper",
)


@pytest.mark.parametrize(
    "end",
    [
        pytest.param(close_the_terminal, id="the terminal closes"),
        pytest.param(send(signal.SIGTERM, PARENT), id="SIGTERM"),
        pytest.param(send(signal.SIGINT, PARENT), id="SIGINT"),
        pytest.param(send(signal.SIGKILL, PARENT), id="kill -9 of the parent"),
        pytest.param(send(signal.SIGKILL, DEVICE), id="crash of the device"),
        pytest.param(send(signal.SIGKILL, SERVER), id="crash of the server"),
    ],
)
async def test_every_end_of_a_demo_ends_both_halves_and_removes_its_folder(
    demo: Terminal, tmp_path: Path, end: Callable[[Terminal, Path], None]
) -> None:
    await demo.shows("Press Enter to start")
    assert len(folders_of_demos(tmp_path)) == 1
    end(demo, tmp_path)
    await nothing_is_left(tmp_path)


async def test_demo_whose_server_crashes_says_so_with_the_end_of_its_log(
    demo: Terminal, tmp_path: Path
) -> None:
    await demo.shows("Press Enter to start")
    os.kill(number_of(tmp_path, SERVER), signal.SIGKILL)
    await demo.ends()
    await demo.shows("The demo has ended", "The server ended by itself.")


async def test_demo_cleans_up_even_without_its_keeper(demo: Terminal, tmp_path: Path) -> None:
    await demo.shows("Press Enter to start")
    os.kill(number_of(tmp_path, KEEPER), signal.SIGKILL)
    demo.press("q")
    await demo.ends()
    await nothing_is_left(tmp_path)


def demo_without_a_device(folder: Path) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, "-m", "pairgrant_server", "demo", "--port", "0", "--no-device"],
        env={**clean_environment(), "TMPDIR": str(folder), "PYTHONUNBUFFERED": "1"},
        stdout=subprocess.PIPE,
        text=True,
    )


FORKS = {"keeper": 1, "server": 2, "device": 3}

SIGNALLED_AT_A_FORK = """
import os, subprocess, sys
number, fork = map(int, sys.argv[1:3])

class Signalled(subprocess.Popen):
    forks = 0

    def __init__(self, *words, **options):
        super().__init__(*words, **options)
        Signalled.forks += 1
        if Signalled.forks == fork:
            os.kill(os.getpid(), number)

subprocess.Popen = Signalled
from pairgrant_server.cli import app
app(["demo", "--port", "0"])
"""


def demo_signalled_at_a_fork(folder: Path, number: signal.Signals, fork: str) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, "-c", SIGNALLED_AT_A_FORK, str(number.value), str(FORKS[fork])],
        env={**clean_environment(), "TMPDIR": str(folder)},
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        text=True,
    )


@pytest.mark.parametrize("fork", FORKS)
@pytest.mark.parametrize("number", [signal.SIGHUP, signal.SIGINT, signal.SIGTERM, signal.SIGKILL])
async def test_signal_at_the_fork_of_a_process_of_the_demo_leaves_no_orphan(
    tmp_path: Path, number: signal.Signals, fork: str
) -> None:
    """Between the fork and the entry of the process in any list."""
    with demo_signalled_at_a_fork(tmp_path, number, fork) as process:
        said, _ = process.communicate(timeout=PATIENCE)
    is_killed = number is signal.SIGKILL
    assert process.returncode == (-signal.SIGKILL if is_killed else 0)
    await nothing_is_left(tmp_path)
    assert ("The demo has ended" in said) != is_killed


@pytest.mark.parametrize("words", ["demo_keeper", "demo_registration", "pairgrant_server run"])
@pytest.mark.parametrize("number", [signal.SIGHUP, signal.SIGKILL])
async def test_demo_that_is_still_starting_leaves_nothing_after_a_signal(
    tmp_path: Path, number: signal.Signals, words: str
) -> None:
    with demo_without_a_device(tmp_path) as process:

        async def has_come_so_far() -> bool:
            assert process.poll() is None
            commands = " ".join(processes_of(tmp_path).values())
            return words in commands or "pairgrant_server run" in commands

        await until(has_come_so_far, words)
        process.send_signal(number)
        process.communicate(timeout=PATIENCE)
    await nothing_is_left(tmp_path)


@pytest.mark.parametrize("number", [signal.SIGHUP, signal.SIGINT, signal.SIGTERM, signal.SIGKILL])
async def test_demo_without_a_device_leaves_nothing_after_a_signal(
    tmp_path: Path, number: signal.Signals
) -> None:
    with demo_without_a_device(tmp_path) as process:
        assert process.stdout is not None
        while not process.stdout.readline().startswith("3."):
            assert process.poll() is None
        process.send_signal(number)
        said = process.stdout.read()
        assert process.wait(PATIENCE) == (-signal.SIGKILL if number is signal.SIGKILL else 0)
    await nothing_is_left(tmp_path)
    assert ("The demo has ended" in said) == (number is not signal.SIGKILL)
