"""Errors that no code expects: the app goes on where it can, and ends without showing a value."""

import os
import pty
import re
import select
import subprocess
import sys
import termios
from collections.abc import Callable
from pathlib import Path
from typing import Never

import pytest

from pairgrant.device import Device
from pairgrant.events import PollFailed, StageReached, UserIdentified
from pairgrant.session.sign_in_session import SignInSession
from pairgrant.sign_in.device_sign_in import kiosk_sign_in
from pairgrant.tui.messages import PairingEventReceived, SignedInEventReceived
from pairgrant.tui.screens.code import CodeScreen
from pairgrant.tui.screens.message import MessageScreen
from pairgrant.tui.screens.signed_in import SignedInScreen
from pairgrant_protocol.vocabulary import PairingStage
from tests.device.fake_server import FakeServer
from tests.device.tui.app_under_test import Open

SECRET = "Alice-and-her-token"
PROGRAM = f"""
import sys
from pairgrant.tui.screens.start import StartScreen
from pairgrant.tui.screens_app import ScreensApp

def fail(self):
    name = "".join({list(SECRET)!r})
    raise KeyError(name)

async def fail_later(self):
    fail(self)

def begin(self):
    WAY

StartScreen.on_mount = begin
from pairgrant.cli import main
sys.exit(main(sys.argv[1:]))
"""
WAYS = {
    "screen": "fail(self)",
    "timer": "self.set_timer(0.01, lambda: fail(self))",
    "task": "self.app.run_worker(fail_later(self))",
}


def ended(arguments: list[str], variables: dict[str, str], way: str) -> tuple[int, str, bool]:
    """The exit code, all that was written, and whether the terminal is as it was."""
    ours, theirs = pty.openpty()
    before = termios.tcgetattr(theirs)
    program = PROGRAM.replace("WAY", WAYS[way])
    process = subprocess.Popen(
        [sys.executable, "-c", program, *arguments],
        stdin=theirs,
        stdout=theirs,
        stderr=theirs,
        env=variables,
        start_new_session=True,
    )
    written = b""
    while process.poll() is None or select.select([ours], [], [], 0)[0]:
        if select.select([ours], [], [], 0.1)[0]:
            written += os.read(ours, 65_536)
    is_restored = termios.tcgetattr(theirs) == before
    os.close(ours)
    os.close(theirs)
    return process.wait(), written.decode(), is_restored


@pytest.mark.parametrize("way", WAYS)
def test_app_that_fails_says_where_and_shows_no_value(
    start_server: Callable[..., FakeServer], variables: dict[str, str], tmp_path: Path, way: str
) -> None:
    log = tmp_path / "log"
    environment = {
        **variables,
        "PAIRGRANT_ISSUER": start_server().issuer,
        "TERM": "xterm-256color",
        "LANG": "C.UTF-8",
        "COLUMNS": "300",
        "LINES": "24",
    }
    code, written, is_restored = ended(["kiosk", "--log-file", str(log)], environment, way)
    shown = written.rpartition("\x1b[?1049l")[2]
    assert code == 1
    assert re.search(r"ended because of an unexpected error \(KeyError at [^ ]+:\d+\)", shown)
    assert "Traceback" not in written
    assert SECRET not in written
    assert is_restored
    assert "unexpected error: KeyError at" in log.read_text()
    assert SECRET not in log.read_text()


async def test_events_that_come_before_a_screen_is_composed_are_shown_once_it_is(at_code: Open) -> None:
    async with at_code() as seen:
        shown = seen.app.screen
        assert isinstance(shown, CodeScreen)
        again = CodeScreen("Lobby screen", shown._code, seen.manual_clock.clock, note=None)
        seen.app._show(again)  # type: ignore[attr-defined]
        for event in (
            StageReached(PairingStage.WAITING),
            PollFailed("the server is gone", seen.manual_clock.clock.now() + 30),
        ):
            seen.app._pairing_event_received(PairingEventReceived(event))  # type: ignore[attr-defined]
        await seen.rest()
        assert "retry in 0:30" in seen.words


async def test_name_that_comes_before_the_connected_screen_is_composed_is_shown(at_home: Open) -> None:
    async with at_home() as seen:
        session = seen.app.session  # type: ignore[attr-defined]
        seen.app._show(SignedInScreen("Lobby screen", session, seen.manual_clock.clock))  # type: ignore[attr-defined]
        seen.app._signed_in_event_received(  # type: ignore[attr-defined]
            SignedInEventReceived(UserIdentified("Grace Hopper"))
        )
        await seen.rest()
        assert "Grace Hopper".upper() in seen.words.upper()


async def test_kiosk_shows_a_code_again_after_an_unexpected_error_of_the_pairing(
    opened: Open, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def fail(device: Device, *_: object) -> Never:
        raise KeyError(SECRET)

    monkeypatch.setattr("pairgrant.tui.background.kiosk_sign_in", fail)
    async with opened(auto=True) as seen:
        assert isinstance(seen.app.screen, MessageScreen)
        assert SECRET not in seen.words
        monkeypatch.setattr("pairgrant.tui.background.kiosk_sign_in", kiosk_sign_in)
        await seen.pass_time(61)
        assert isinstance(seen.app.screen, CodeScreen)


async def test_screen_stays_connected_after_an_unexpected_error_of_a_refresh(
    at_home: Open, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def fail(session: SignInSession) -> Never:
        raise KeyError(SECRET)

    async with at_home() as seen:
        monkeypatch.setattr(SignInSession, "refresh", fail)
        await seen.press("r")
        assert isinstance(seen.app.screen, SignedInScreen)
        assert seen.app.is_running
