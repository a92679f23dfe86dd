"""Whether the background of the terminal is dark or light: what it says itself, else ``COLORFGBG``."""

import os
import re
import select
import sys
import termios
import time
from collections.abc import Mapping

LONGEST_WAIT = 0.2
"""Seconds to wait for the terminal's reply; the first screen has to come within half a second."""

_QUESTION = b"\x1b]11;?\x1b\\\x1b[c"
"""The background (OSC 11), then what the terminal is (DA1): the second is answered by terminals that ignore
the first, so that its reply ends the wait.
"""

_LAST_REPLY = re.compile(rb"\x1b\[\?[0-9;]*c")
_BACKGROUND = re.compile(
    rb"\x1b\]11;rgba?:([0-9a-fA-F]{1,4})/([0-9a-fA-F]{1,4})/([0-9a-fA-F]{1,4})[^\x07\x1b]*(?:\x07|\x1b\\)"
)
_MOST_READ = 4096

_SILENT = {"", "dumb", "linux"}
"""Values of ``TERM`` of terminals that don't understand the question."""


def has_light_background() -> bool | None:
    """Whether the background of this terminal is light; None if nothing says so."""
    said = _said_by_terminal() if _can_ask() else None
    return said if said is not None else light_of_variable(os.environ)


def light_of_variable(variables: Mapping[str, str]) -> bool | None:
    """What ``COLORFGBG`` says: numbers of colours, the last one that of the background."""
    number = variables.get("COLORFGBG", "").rpartition(";")[2]
    if not number.isascii() or not number.isdecimal() or int(number) > 15:
        return None
    return int(number) in {7, *range(9, 16)}


def light_of_reply(reply: bytes) -> bool | None:
    """What a reply to OSC 11 says; None if it isn't one."""
    match = _BACKGROUND.search(reply)
    if match is None:
        return None
    red, green, blue = (int(part, 16) / float(16 ** len(part) - 1) for part in match.groups())
    return bool(0.299 * red + 0.587 * green + 0.114 * blue > 0.5)


def _can_ask() -> bool:
    """Whether a question reaches a terminal that may reply, and this process may change its modes."""
    if os.environ.get("TERM", "") in _SILENT or not (sys.stdin.isatty() and sys.stdout.isatty()):
        return False
    try:
        return os.tcgetpgrp(sys.stdin.fileno()) == os.getpgrp()
    except OSError:
        return False


def _said_by_terminal() -> bool | None:
    """Ask the terminal, and leave nothing of its reply in the input."""
    source, target = sys.stdin.fileno(), sys.stdout.fileno()
    try:
        usual = termios.tcgetattr(source)
        silent = termios.tcgetattr(source)
        silent[3] &= ~(termios.ICANON | termios.ECHO)
        silent[6][termios.VMIN], silent[6][termios.VTIME] = 0, 0
        termios.tcsetattr(source, termios.TCSANOW, silent)
    except termios.error:
        return None
    reply = b""
    try:
        os.write(target, _QUESTION)
        reply = _read(source)
    except OSError:
        return None
    finally:
        # what came too late, or without an end, must not be taken for keys
        when = termios.TCSANOW if _LAST_REPLY.search(reply) else termios.TCSAFLUSH
        termios.tcsetattr(source, when, usual)
    return light_of_reply(reply)


def _read(source: int) -> bytes:
    """The input up to the last reply, or what has come in time."""
    reply, deadline = b"", time.monotonic() + LONGEST_WAIT
    while not _LAST_REPLY.search(reply) and len(reply) < _MOST_READ:
        remaining = deadline - time.monotonic()
        if remaining <= 0 or not select.select([source], [], [], remaining)[0]:
            break
        piece = os.read(source, 1024)
        if not piece:
            break
        reply += piece
    return reply
