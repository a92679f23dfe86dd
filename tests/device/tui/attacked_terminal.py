"""A locked kiosk on a real pseudo-terminal, with everything that a keyboard can send."""

import fcntl
import os
import pty
import select
import struct
import subprocess
import sys
import termios
import time
from collections.abc import Iterator, Sequence
from itertools import cycle, product
from pathlib import Path

from tests.processes.programs import PATIENCE

PIN = "905172846613"
READY = b"signals ignored"

_PROGRAM = f"""
import fcntl, os, sys, termios
fcntl.ioctl(0, termios.TIOCSCTTY, 0)
import pairgrant.commands.kiosk as kiosk, pairgrant.tui.pin_check as pin_check
pin_check.WAIT_AT_START = pin_check.LONGEST_WAIT = 0.0
ignore = kiosk.ignore_signals_of_keys
def ignore_and_say():
    ignore()
    os.write(1, {READY!r})
    sys.stdin.readline()  # until the test has tried the keys
kiosk.ignore_signals_of_keys = ignore_and_say
from pairgrant.cli import main
sys.exit(main(sys.argv[1:]))
"""


class AttackedTerminal:
    """The program, the other end of its terminal, and all that it wrote."""

    def __init__(self, arguments: list[str], variables: dict[str, str]) -> None:
        self._ours, theirs = pty.openpty()
        self._theirs = theirs
        self.resize(80, 24)
        self.before = termios.tcgetattr(theirs)
        self.process = subprocess.Popen(
            [sys.executable, "-c", _PROGRAM, *arguments],
            stdin=theirs,
            stdout=theirs,
            stderr=theirs,
            env={"PATH": os.environ["PATH"], "TERM": "xterm-256color", "LANG": "C.UTF-8", **variables},
            start_new_session=True,
        )
        self.written = b""

    @property
    def modes(self) -> list[object]:
        """What the terminal is set to now."""
        return termios.tcgetattr(self._theirs)

    @property
    def state(self) -> str:
        """``S`` and ``D`` sleeping, ``R`` running, ``T`` stopped, ``Z`` ended."""
        return Path(f"/proc/{self.process.pid}/stat").read_text().rpartition(")")[2].split()[0]

    def resize(self, columns: int, rows: int) -> None:
        fcntl.ioctl(self._ours, termios.TIOCSWINSZ, struct.pack("HHHH", rows, columns, 0, 0))

    def send(self, keys: bytes) -> None:
        """Type ``keys``, reading what the program writes, so that neither waits for the other."""
        while keys:
            self._read(0.0)
            _, writable, _ = select.select([], [self._ours], [], 0.05)
            if writable:
                keys = keys[os.write(self._ours, keys[:256]) :]

    def until(self, wanted: bytes, again: Sequence[bytes] = ()) -> None:
        """Read until ``wanted`` is written after this call, typing the next one of ``again`` every half
        second.
        """
        start, due, typed = len(self.written), 0.0, cycle(again)
        ends = time.monotonic() + PATIENCE
        while wanted not in self.written[start:]:
            assert time.monotonic() < ends, f"{wanted!r} never came: {self.written[-2000:]!r}"
            assert self.process.poll() is None, (
                f"it ended with {self.process.returncode}: {self.written[-6000:]!r}"
            )
            if again and time.monotonic() >= due:
                due = time.monotonic() + 0.5
                self.send(next(typed))
            self._read(0.05)

    def end(self) -> int:
        """The exit code, once the program has ended."""
        ends = time.monotonic() + PATIENCE
        while self.process.poll() is None:
            assert time.monotonic() < ends, "it doesn't end"
            self._read(0.05)
        return self.process.returncode

    def close(self) -> None:
        if self.process.poll() is None:
            self.process.kill()
            self.process.wait()
        os.close(self._ours)
        os.close(self._theirs)

    def _read(self, seconds: float) -> None:
        while select.select([self._ours], [], [], seconds)[0]:
            self.written += os.read(self._ours, 65_536)
            seconds = 0.0


def keys_of_terminals() -> Iterator[bytes]:
    """Arrows, F1 to F24 and the other named keys with every modifier, as xterm, the Linux console and the
    kitty protocol send them.
    """
    for number, modifier in product((*range(1, 35), 57, 200), ("", *(f";{m}" for m in range(2, 17)))):
        yield f"\x1b[{number}{modifier}~".encode()
    for letter, modifier in product("ABCDEFGHPQRSZ", ("", *(f"1;{m}" for m in range(2, 17)))):
        yield f"\x1b[{modifier}{letter}".encode()
        yield f"\x1bO{letter}".encode()
    for letter in "ABCDE":
        yield f"\x1b[[{letter}".encode()
    for code, shifts in product((3, 17, 26, 27, 28, 99, 113, 122, 57399, 57441, 10**9), range(1, 17)):
        yield f"\x1b[{code};{shifts}u".encode()
        yield f"\x1b[27;{shifts};{code}~".encode()


def other_input() -> Iterator[bytes]:
    """Pastes, the mouse, and what a terminal responds by itself."""
    yield b"\x1b[200~q\x03\x1a\x1clyq\r\x1b[201~"
    yield b"\x1b[200~" + b"q" * 5000 + b"\x1b[201~"
    yield b"\x1b[201~q"
    for button, (x, y), end in product(
        (0, 1, 2, 3, 32, 35, 64, 65, 128), ((40, 1), (40, 23), (999, 999)), "Mm"
    ):
        yield f"\x1b[<{button};{x};{y}{end}".encode()
    yield b"\x1b[M !!\x1b[32;5;5M"
    yield b"\x1b[I\x1b[O\x1b[I\x1b[0n\x1b[5;7R\x1b[?1;2c\x1b[>41;1;0c\x1b[?2026;2$y\x1b[?2048;0$y"
    yield b"\x1b[48;24;80;480;800t\x1b[8;24;80t\x1b[?997;1n"
    yield b"\x1b[48;20000;20000;1;1t"
    yield b"\x1b]11;rgb:ffff/ffff/ffff\x1b\\\x1b]10;rgb:0/0/0\x07\x1b]52;c;cXE=\x07"
    yield b"\x1bPq\x1b\\\x1b_q\x1b\\\x1bXq\x1b\\"
    yield b"\xff\xfe\xc3\x28\xe2\x82q\xed\xa0\x80"
    yield b"\x1b[200~a paste without an end"
