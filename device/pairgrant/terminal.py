"""The terminal of a command: lines of text to stdout and stderr, and what else the terminal supports.

A stream may be missing (closed when the program started), full or closed by its reader. A line that can't be
written is dropped: what happened is worth more than what can be said about it.
"""

import contextlib
import io
import os
import signal
import sys
from typing import TextIO

from pairgrant.errors import OutputLostError
from pairgrant.translation import Translatable
from pairgrant_protocol.visible_text import visible


def print_out(line: str) -> None:
    """Write a line to stdout and flush it, if that is possible."""
    _write(sys.stdout, line)


def print_err(line: str) -> None:
    """Write a line to stderr and flush it, if that is possible."""
    _write(sys.stderr, line)


def print_result(line: str) -> None:
    """Write a line that a program waits for to stdout.

    Raises:
        OutputLostError: it couldn't be written.
    """
    if not _write(sys.stdout, line):
        raise OutputLostError


def print_body(body: bytes) -> None:
    """Write the body of a response to stdout: unchanged for a program, without control characters on a
    terminal.

    Raises:
        OutputLostError: it couldn't be written.
    """
    stream = sys.stdout
    if _is_tty(stream):
        for line in body.decode(errors="backslashreplace").splitlines():
            print_result(visible(line, limit=len(line)))
        return
    try:
        stream.flush()
        stream.buffer.write(body)
        stream.buffer.flush()
    except (OSError, ValueError, AttributeError):
        raise OutputLostError from None


def _write(stream: TextIO | None, line: str) -> bool:
    if stream is None:
        return False
    try:
        stream.write(f"{line}\n")
        stream.flush()
    except (OSError, ValueError):
        return False
    return True


def prepare_streams() -> None:
    """Make the standard streams safe to use, before any file is opened.

    A closed descriptor is opened on the null device: otherwise a file of the program would get its number. A
    character that the encoding lacks is written as an escape sequence.
    """
    for descriptor in (0, 1, 2):
        try:
            os.fstat(descriptor)
        except OSError:
            os.open(os.devnull, os.O_RDWR)  # the lowest free number, which is ``descriptor``
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="backslashreplace")


def standard_input() -> TextIO:
    """What a program writes to this command; a byte that is no text becomes an escape sequence."""
    stream = sys.stdin
    if isinstance(stream, io.TextIOWrapper):
        stream.reconfigure(errors="backslashreplace")
    return stream or io.StringIO()


def end_streams() -> None:
    """Drop what couldn't be written, so that the interpreter doesn't try again at its end and fail."""
    for stream in (sys.stdout, sys.stderr):
        if stream is None:
            continue
        try:
            stream.flush()
        except (OSError, ValueError):
            with contextlib.suppress(OSError, ValueError):
                null = os.open(os.devnull, os.O_WRONLY)
                os.dup2(null, stream.fileno())
                os.close(null)


def ring() -> None:
    """Ring the bell of the terminal that stdout is; silent elsewhere."""
    if sys.stdout.isatty():
        sys.stdout.write("\a")
        sys.stdout.flush()


def clear_terminal() -> None:
    """Clear the screen of the terminal and what can be scrolled back to, such as the end of a run before."""
    if sys.stderr.isatty():
        sys.stderr.write("\x1b[H\x1b[2J\x1b[3J")
        sys.stderr.flush()


def write_sequence(sequence: str) -> bool:
    """Write an escape sequence to the terminal that stdout is; returns whether it is one."""
    if not _is_tty(sys.stdout):
        return False
    try:
        sys.stdout.write(sequence)
        sys.stdout.flush()
    except (OSError, ValueError):
        return False
    return True


def ignore_signals_of_keys() -> None:
    """Let no key of the terminal end or stop this process: Ctrl+C, Ctrl+Z and the one for SIGQUIT are
    signals until a program reads keys itself.
    """
    for of_key in (signal.SIGINT, signal.SIGQUIT, signal.SIGTSTP):
        signal.signal(of_key, signal.SIG_IGN)


def is_terminal() -> bool:
    """Whether a person types to this command and reads what it prints."""
    return all(_is_tty(stream) for stream in (sys.stdin, sys.stdout, sys.stderr))


def _is_tty(stream: TextIO | None) -> bool:
    return stream is not None and not stream.closed and stream.isatty()


def is_served() -> bool:
    """Whether a browser is the terminal of this process, which ``--serve`` started for it."""
    return os.environ.get("TEXTUAL_DRIVER") == "textual.drivers.web_driver:WebDriver"


def why_no_screens() -> str | None:
    """Why the full-screen mode can't be used here, for the person to read; None if it can."""
    if is_served():
        return None
    if not is_terminal():
        return Translatable("this is not a terminal")
    if os.environ.get("TERM", "dumb") in {"", "dumb"}:
        return Translatable("this terminal can only show lines of text")
    if not can_draw_blocks():
        return Translatable("the encoding of this terminal has no block characters")
    return None


def has_screens() -> bool:
    """Whether the extra ``kiosk``, which draws the screens, is installed."""
    from importlib.util import find_spec  # noqa: PLC0415 - slow to import, and only two commands ask

    return find_spec("textual") is not None


def has_server_of_screens() -> bool:
    """Whether the extra ``serve``, which shows the screens in a browser, is installed."""
    from importlib.util import find_spec  # noqa: PLC0415 - as above

    return all(find_spec(name) for name in ("textual", "textual_serve", "aiohttp"))


def can_draw_blocks() -> bool:
    """Whether stdout can probably show a QR code of block characters."""
    return _is_tty(sys.stdout) and "utf" in (sys.stdout.encoding or "").lower()


def may_have_sequences() -> bool:
    """Whether stdout is a terminal, which escape sequences are for."""
    return _is_tty(sys.stdout)


def wants_colour() -> bool:
    """Whether stdout may have colours (https://no-color.org)."""
    return _is_tty(sys.stdout) and not os.environ.get("NO_COLOR") and os.environ.get("TERM", "dumb") != "dumb"
