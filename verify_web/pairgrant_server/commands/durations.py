"""Durations as operators write them (``10m``, ``1h30m``, ``90d``) and read them (10 minutes, 90 days)."""

import re

from pairgrant_server.errors import PairgrantServerError

_UNITS = {"w": 604_800, "d": 86_400, "h": 3600, "m": 60, "s": 1}
_NAMES = {"d": "day", "h": "hour", "m": "minute", "s": "second"}
_WRITTEN = re.compile(r"(?:[0-9]{1,9}[wdhms])+")
_PART = re.compile(r"([0-9]+)([wdhms])")


class DurationError(PairgrantServerError, ValueError):
    """The text is not a duration; the message shows how to write one."""


def seconds_of(text: str) -> int:
    """The seconds in ``10m``, ``1h30m``, ``90d`` or ``600``.

    Raises:
        DurationError: ``text`` is not a duration.
    """
    written = text.strip().lower().replace(" ", "")
    if written.isascii() and written.isdigit() and len(written) <= 9:
        return int(written)
    if not _WRITTEN.fullmatch(written):
        raise DurationError("write a duration like 90s, 10m, 1h30m or 30d")
    return sum(int(number) * _UNITS[unit] for number, unit in _PART.findall(written))


def in_words(seconds: float) -> str:
    """Exact, in the largest units: 1 day 2 hours."""
    left, parts = int(seconds), []
    for unit, name in _NAMES.items():
        count, left = divmod(left, _UNITS[unit])
        if count:
            parts.append(_counted(count, name))
    return " ".join(parts) or "0 seconds"


def roughly(seconds: float) -> str:
    """Rounded down to the largest unit, for an age or a remaining time."""
    for unit, name in _NAMES.items():
        if seconds >= _UNITS[unit]:
            return _counted(int(seconds) // _UNITS[unit], name)
    return "0 seconds"


def _counted(count: int, name: str) -> str:
    return f"{count} {name}" if count == 1 else f"{count} {name}s"
