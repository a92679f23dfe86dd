"""When the sign-in of a guest ends; pure, in seconds and Unix time."""

from dataclasses import dataclass
from datetime import datetime, time, timedelta
from enum import Enum

LONGEST_COUNTDOWN = 60.0
"""Seconds before the end in which the screen counts down."""


class Why(Enum):
    """What ends the sign-in of a guest."""

    IDLE = "no key was pressed"
    TIME_OF_DAY = "it was the time to sign out"


@dataclass(frozen=True, slots=True)
class Ending:
    """The next end: ``left`` seconds from now, 0 if it is due."""

    left: float
    why: Why


@dataclass(frozen=True, slots=True)
class GuestRules:
    """``idle``: seconds without a key or the mouse; ``until``: a local time of day. At least one is set."""

    idle: float | None
    until: time | None

    @property
    def countdown(self) -> float:
        """Seconds of the countdown: at most half of ``idle``."""
        return LONGEST_COUNTDOWN if self.idle is None else min(LONGEST_COUNTDOWN, self.idle / 2)

    def ends_at_start(self, *, signed_in_at: float | None, wall: float) -> bool:
        """Whether a sign-in that a restarted program finds ends at once: the guest may be gone."""
        if self.idle is not None or self.until is None:
            return True
        return wall >= next_time_of_day(signed_in_at or 0.0, self.until)

    def ending(self, *, idle: float, signed_in_at: float, wall: float) -> Ending:
        """The end that comes first."""
        ends = []
        if self.idle is not None:
            ends.append(Ending(max(self.idle - idle, 0.0), Why.IDLE))
        if self.until is not None:
            due_at = next_time_of_day(signed_in_at, self.until)
            ends.append(Ending(max(due_at - wall, 0.0), Why.TIME_OF_DAY))
        return min(ends, key=lambda end: end.left)


def next_time_of_day(after: float, at: time) -> float:
    """The first instant later than ``after`` at which local clocks show ``at``.

    A time that a change of the clocks skips counts as much later as they are put forward; of one that comes
    twice, it is the first.
    """
    day = datetime.fromtimestamp(after).date()  # noqa: DTZ006 - local time is meant
    for days in range(3):
        instant = datetime.combine(day + timedelta(days), at).timestamp()
        if instant > after:
            return instant
    raise AssertionError("a day has at most 25 hours")
