"""The lock of a kiosk attacked through a real terminal: the process stays, and so does the sign-in."""

import os
import signal
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from pairgrant.session.stored_tokens import StoredTokens
from tests.device.tui.attacked_terminal import (
    PIN,
    READY,
    AttackedTerminal,
    keys_of_terminals,
    other_input,
)

ISSUER = "http://127.0.0.1:9"
"""No server is there: the screen says that it tries again."""

UNLOCKING = (b"\x1b\x1b\x1b", PIN.encode() + b"\r")

SHOWN = b"No connection"


@pytest.fixture
def tokens(tmp_path: Path, stored: Callable[..., StoredTokens]) -> Path:
    folder = tmp_path / "state"
    folder.mkdir(mode=0o700)
    path = folder / "tokens.json"
    path.write_bytes(stored(issuer=ISSUER, obtained_at=2e9).serialize())
    path.chmod(0o600)
    return path


@pytest.fixture
def options() -> list[str]:
    return []


@pytest.fixture
def attacked(tokens: Path, tmp_path: Path, options: list[str]) -> Iterator[AttackedTerminal]:
    pin = tmp_path / "pin"
    pin.write_text(f"{PIN}\n")
    pin.chmod(0o600)
    arguments = ["kiosk", "--no-config", "--lock", "--pin-file", str(pin)]
    arguments += ["--issuer", ISSUER, "--client-id", "lobby-tv", "--token-file", str(tokens), *options]
    terminal = AttackedTerminal(arguments, {"HOME": str(tmp_path)})
    try:
        terminal.until(READY)
        terminal.send(b"\x03\x1a\x1c\n")  # Ctrl+C, Ctrl+Z, Ctrl+\ before the first screen
        if not options:
            terminal.until(SHOWN)
        yield terminal
    finally:
        terminal.close()


def test_no_key_ends_stops_or_signs_out_a_locked_kiosk(attacked: AttackedTerminal, tokens: Path) -> None:
    for number in range(256):
        attacked.send(bytes([number]))
    for number in range(256):
        attacked.send(bytes([number]) * 3)
        attacked.send(b"\x1b" + bytes([number]))
    for keys in (*keys_of_terminals(), *other_input()):
        attacked.send(keys)
        assert attacked.process.poll() is None, keys
    for columns in range(1, 120, 7):
        attacked.resize(columns, max(columns // 4, 1))
        os.kill(attacked.process.pid, signal.SIGWINCH)
    attacked.resize(80, 24)
    for of_key in (signal.SIGINT, signal.SIGQUIT, signal.SIGTSTP):
        os.kill(attacked.process.pid, of_key)
    attacked.until(b"Unlocked", again=UNLOCKING)  # all of it has been read
    assert attacked.state not in {"T", "Z"}
    assert tokens.exists()


def test_pin_leaves_a_locked_kiosk_and_restores_the_terminal(attacked: AttackedTerminal) -> None:
    attacked.until(b"Unlocked", again=UNLOCKING)
    attacked.send(b"q")
    assert attacked.end() == 0
    assert attacked.modes == attacked.before


@pytest.mark.parametrize("ending", [signal.SIGTERM, signal.SIGHUP])
def test_signals_of_the_system_end_a_locked_kiosk_and_restore_the_terminal(
    attacked: AttackedTerminal, tokens: Path, ending: signal.Signals
) -> None:
    os.kill(attacked.process.pid, ending)
    assert attacked.end() == 130
    assert attacked.modes == attacked.before
    assert b"\x1b[?1049l" in attacked.written
    assert tokens.exists()


@pytest.mark.parametrize("options", [["--guest-idle", "5"]])
def test_restart_clears_the_terminal_and_the_sign_in_of_the_guest_before_it(
    attacked: AttackedTerminal, tokens: Path
) -> None:
    attacked.until(b"Signed out.")
    assert attacked.written.index(b"\x1b[2J\x1b[3J") < attacked.written.index(b"\x1b[?1049h")
    attacked.until(b"Unlocked", again=UNLOCKING)
    assert not tokens.exists()
    assert len(list(tokens.parent.glob("*.revoke.json"))) == 1
