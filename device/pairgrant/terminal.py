"""The terminal of a command: lines of text to stdout and stderr, and what else the terminal supports."""

import os
import sys


def print_out(line: str) -> None:
    """Write a line to stdout and flush it."""
    sys.stdout.write(f"{line}\n")
    sys.stdout.flush()


def print_err(line: str) -> None:
    """Write a line to stderr and flush it."""
    sys.stderr.write(f"{line}\n")
    sys.stderr.flush()


def is_terminal() -> bool:
    """Whether a person types to this command and reads what it prints."""
    return all(stream.isatty() for stream in (sys.stdin, sys.stdout, sys.stderr))


def why_no_screens() -> str | None:
    """Why the full-screen mode can't be used here, for the person to read; None if it can."""
    if not is_terminal():
        return "this is not a terminal"
    if os.environ.get("TERM", "dumb") in {"", "dumb"}:
        return "this terminal can only show lines of text"
    if not can_draw_blocks():
        return "the encoding of this terminal has no block characters"
    return None


def has_screens() -> bool:
    """Whether the extra ``kiosk``, which draws the screens, is installed."""
    from importlib.util import find_spec  # noqa: PLC0415 - slow to import, and only two commands ask

    return find_spec("textual") is not None


def can_draw_blocks() -> bool:
    """Whether stdout can probably show a QR code of block characters."""
    return sys.stdout.isatty() and "utf" in (sys.stdout.encoding or "").lower()


def wants_colour() -> bool:
    """Whether stdout may have colours (https://no-color.org)."""
    return sys.stdout.isatty() and not os.environ.get("NO_COLOR") and os.environ.get("TERM", "dumb") != "dumb"
