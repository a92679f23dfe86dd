"""The background of the terminal: asked on a real pty, with a terminal that replies or is silent."""

import os
import pty
import select
import termios
import threading
import time
from collections.abc import Iterator
from types import SimpleNamespace
from typing import Any

import pytest

from pairgrant import terminal_background
from pairgrant.terminal_background import (
    LONGEST_WAIT,
    has_light_background,
    light_of_reply,
    light_of_variable,
)
from tests.processes.programs import PATIENCE

WHITE = b"\x1b]11;rgb:ffff/ffff/ffff\x1b\\"
BLACK = b"\x1b]11;rgb:0000/0000/0000\x07"
DA1 = b"\x1b[?62;4c"


class Terminal:
    """The other end of a pty: it reads the question and sends pieces, each after a pause."""

    def __init__(self) -> None:
        self.master, self.slave = pty.openpty()
        self.asked = b""
        self.is_closed = False
        self.replies: list[threading.Thread] = []

    def close(self) -> None:
        self.is_closed = True
        for thread in self.replies:
            thread.join()
        os.close(self.master)
        os.close(self.slave)

    def reply(self, *pieces: tuple[float, bytes]) -> None:
        def run() -> None:
            while not self.asked.endswith(b"\x1b[c"):
                if self.is_closed:
                    return
                if select.select([self.master], [], [], 0.05)[0]:
                    self.asked += os.read(self.master, 100)
            for pause, piece in pieces:
                threading.Event().wait(pause)
                os.write(self.master, piece)

        self.asked = b""
        self.replies.append(threading.Thread(target=run))
        self.replies[-1].start()

    def left_over(self) -> bytes:
        """What a program would read as keys."""
        found = b""
        while select.select([self.slave], [], [], 0.02)[0]:
            found += os.read(self.slave, 100)
        return found

    def modes(self) -> list[Any]:
        return termios.tcgetattr(self.slave)


@pytest.fixture
def terminal(monkeypatch: pytest.MonkeyPatch) -> Iterator[Terminal]:
    made = Terminal()
    stream = os.fdopen(os.dup(made.slave), "r+b", buffering=0)
    monkeypatch.setattr(terminal_background, "sys", SimpleNamespace(stdin=stream, stdout=stream))
    monkeypatch.setattr(os, "tcgetpgrp", lambda _: os.getpgrp())
    monkeypatch.setenv("TERM", "xterm-256color")
    monkeypatch.delenv("COLORFGBG", raising=False)
    monkeypatch.setattr(terminal_background, "LONGEST_WAIT", 20.0)
    yield made
    made.close()
    stream.close()


def raw(terminal: Terminal) -> None:
    modes = terminal.modes()
    modes[3] &= ~(termios.ICANON | termios.ECHO)
    termios.tcsetattr(terminal.slave, termios.TCSANOW, modes)


@pytest.mark.parametrize(
    ("pieces", "is_light"),
    [
        ([(0, WHITE + DA1)], True),
        ([(0, BLACK + DA1)], False),
        ([(0, WHITE[:7]), (0.02, WHITE[7:] + DA1[:3]), (0.02, DA1[3:])], True),
        ([(0, DA1)], None),
        ([(0, b"q" + WHITE + b"\x1b[A" + DA1)], True),
        ([(0, b"\x1b]11;rgb:zz/zz/zz\x07" + DA1)], None),
        ([(0, b"\x1b]11;?" + DA1)], None),
    ],
)
def test_reply_is_understood_and_nothing_of_it_is_left(
    terminal: Terminal, pieces: list[tuple[float, bytes]], is_light: object
) -> None:
    modes = terminal.modes()
    terminal.reply(*pieces)
    assert has_light_background() is is_light
    assert terminal.asked == b"\x1b]11;?\x1b\\\x1b[c"
    assert terminal.modes() == modes
    raw(terminal)
    assert terminal.left_over() == b""


def test_silent_terminal_is_not_waited_for_longer_than_a_moment(
    terminal: Terminal, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert LONGEST_WAIT <= 0.2
    monkeypatch.setattr(terminal_background, "LONGEST_WAIT", LONGEST_WAIT)
    before = time.monotonic()
    assert has_light_background() is None
    assert time.monotonic() - before >= LONGEST_WAIT


def test_reply_without_an_end_is_dropped(terminal: Terminal, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(terminal_background, "LONGEST_WAIT", LONGEST_WAIT)
    raw(terminal)
    os.write(terminal.master, b"\x1b]11;rgb:ff")  # before the question, and so in time
    assert select.select([terminal.slave], [], [], PATIENCE)[0]
    assert has_light_background() is None
    assert terminal.left_over() == b""


def test_endless_input_ends_the_wait(terminal: Terminal) -> None:
    raw(terminal)
    terminal.reply(*[(0, b"x" * 1000)] * 6)
    assert has_light_background() is None


@pytest.mark.parametrize("name", ["", "dumb", "linux"])
def test_terminal_that_would_not_understand_is_not_asked(
    terminal: Terminal, name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TERM", name)
    monkeypatch.setattr(terminal_background, "_said_by_terminal", refuse)
    assert has_light_background() is None


def test_process_in_the_background_does_not_ask(terminal: Terminal, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(os, "tcgetpgrp", lambda _: 1)
    monkeypatch.setattr(terminal_background, "_said_by_terminal", refuse)
    assert has_light_background() is None


def test_pipe_is_not_asked(terminal: Terminal, monkeypatch: pytest.MonkeyPatch) -> None:
    stdin = open(os.devnull)  # noqa: PTH123, SIM115
    monkeypatch.setattr(terminal_background, "sys", SimpleNamespace(stdin=stdin, stdout=stdin))
    monkeypatch.setattr(terminal_background, "_said_by_terminal", refuse)
    monkeypatch.setenv("COLORFGBG", "0;15")
    assert has_light_background() is True
    stdin.close()


def refuse() -> bool | None:
    raise AssertionError


@pytest.mark.parametrize(
    ("value", "is_light"),
    [
        ("15;0", False),
        ("0;15", True),
        ("0;default;7", True),
        ("12;8", False),
        ("", None),
        ("x", None),
        ("0;99", None),
    ],
)
def test_variable_decides_by_the_number_of_the_background(value: str, is_light: object) -> None:
    assert light_of_variable({"COLORFGBG": value}) is is_light


def test_terminal_decides_before_the_variable(terminal: Terminal, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLORFGBG", "15;0")
    terminal.reply((0, WHITE + DA1))
    assert has_light_background() is True


@pytest.mark.parametrize(
    ("reply", "is_light"),
    [
        (b"\x1b]11;rgb:f/f/f\x07", True),
        (b"\x1b]11;rgb:1e/1e/2e\x1b\\", False),
        (b"\x1b]11;rgba:fafa/f4f4/eded/ffff\x07", True),
        (b"\x1b]11;rgb:fff/fff\x07", None),
        (b"\x1b]10;rgb:ffff/ffff/ffff\x07", None),
        (b"\x1b]11;rgb:ffff/ffff/ffff", None),
    ],
)
def test_reply_has_one_to_four_digits_for_each_colour(reply: bytes, is_light: object) -> None:
    assert light_of_reply(reply) is is_light
