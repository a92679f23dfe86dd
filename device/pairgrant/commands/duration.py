"""Durations on the command line."""

from argparse import ArgumentTypeError

from pairgrant_protocol.visible_text import visible

_YEAR = 31_536_000


def seconds(text: str) -> float:
    """A number of seconds, at most a year.

    Raises:
        ArgumentTypeError: it is none.
    """
    try:
        number = float(text)
    except ValueError:
        number = -1.0
    if not 0 <= number <= _YEAR:
        raise ArgumentTypeError(f"{visible(text, limit=80)!r} is not a number of seconds")
    return number
