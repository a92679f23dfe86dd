"""The hours of the day at which a kiosk is dim and shows no code by itself; pure."""

import re
import time
from dataclasses import dataclass

_SPAN = re.compile(r"([01]?\d|2[0-3]):([0-5]\d)\s*[-\u2013]\s*([01]?\d|2[0-3]):([0-5]\d)", re.ASCII)


@dataclass(frozen=True, slots=True)
class QuietHours:
    """From ``begins`` until ``ends``, both in minutes of the local day; over midnight if it ends earlier."""

    begins: int
    ends: int

    def contains(self, wall: float) -> bool:
        """Whether the Unix time ``wall`` is in them, by the time of day here, so that daylight saving time
        moves them with the clocks on the wall.
        """
        now = time.localtime(wall)
        minute = now.tm_hour * 60 + now.tm_min
        if self.begins < self.ends:
            return self.begins <= minute < self.ends
        return minute >= self.begins or minute < self.ends

    @property
    def end(self) -> str:
        """The end as a person reads it."""
        return f"{self.ends // 60:02}:{self.ends % 60:02}"


def parse_quiet_hours(text: str) -> QuietHours | None:
    """The hours of a text such as ``22:00-06:30``; None if it is none, or has no length."""
    match = _SPAN.fullmatch(text.strip())
    if match is None:
        return None
    hour, minute, last_hour, last_minute = map(int, match.groups())
    begins, ends = hour * 60 + minute, last_hour * 60 + last_minute
    return QuietHours(begins, ends) if begins != ends else None
