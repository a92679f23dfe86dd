"""The terminal that a command talks to: lines of text to its two streams, and what else it can show."""

import os
import sys


def print_out(line: str) -> None:
    """A line of the conversation, on stdout at once."""
    sys.stdout.write(f"{line}\n")
    sys.stdout.flush()


def print_err(line: str) -> None:
    """A line beside it, on stderr."""
    sys.stderr.write(f"{line}\n")
    sys.stderr.flush()


def why_no_screens() -> str | None:
    """Why the full-screen mode can't be used here, for the person to read; None where it can."""
    if not all(stream.isatty() for stream in (sys.stdin, sys.stdout, sys.stderr)):
        return "there is no terminal here"
    if os.environ.get("TERM", "dumb") in {"", "dumb"}:
        return "this terminal shows nothing but lines of text"
    return None


def has_screens() -> bool:
    """Whether the extra ``kiosk``, which draws the screens, is installed."""
    from importlib.util import find_spec  # noqa: PLC0415 - slow to import, and only two commands ask

    return find_spec("textual") is not None


def can_draw_blocks() -> bool:
    """Whether a QR code of block characters has a chance on stdout."""
    return sys.stdout.isatty() and "utf" in (sys.stdout.encoding or "").lower()


def wants_colour() -> bool:
    """Whether colours may be set on stdout (https://no-color.org)."""
    return sys.stdout.isatty() and not os.environ.get("NO_COLOR") and os.environ.get("TERM", "dumb") != "dumb"
