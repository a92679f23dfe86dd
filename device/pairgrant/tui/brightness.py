"""When a kiosk's screen is dim, and where its layout is at the moment, against burn-in; pure."""

from dataclasses import dataclass
from enum import Enum

from pairgrant.quiet_hours import QuietHours

AWAKE = 120.0
"""Seconds for which the screen is bright after a key or a touch."""

UNATTENDED = 600.0
"""Seconds after which a code that a person asked for in the quiet hours is taken off the screen."""

DRIFT_EVERY = 240.0
"""Seconds between two shifts of the layout, by one cell each."""

_FARTHEST = 4
"""Cells from the middle at most, and never more than the margin."""


class Brightness(Enum):
    FULL = "full"
    REST = "rest"
    """Dim, and each text has the contrast of a theme."""
    NIGHT = "night"
    """Dimmer than that, in the quiet hours only."""


@dataclass(slots=True)
class Dimming:
    """How bright a kiosk is; without quiet hours it is dim while it rests only."""

    quiet_hours: QuietHours | None = None
    touched_at: float = float("-inf")

    def touch(self, now: float) -> None:
        """A person pressed a key or touched the screen."""
        self.touched_at = now

    def idle(self, now: float) -> float:
        """Seconds since the last touch."""
        return now - self.touched_at

    def is_quiet(self, wall: float) -> bool:
        return self.quiet_hours is not None and self.quiet_hours.contains(wall)

    def brightness(self, *, now: float, wall: float, is_attended: bool, is_resting: bool) -> Brightness:
        """``is_attended``: a person is connecting the screen; ``is_resting``: no person came for a while."""
        if is_attended or self.idle(now) < AWAKE:
            return Brightness.FULL
        if self.is_quiet(wall):
            return Brightness.NIGHT
        return Brightness.REST if is_resting else Brightness.FULL


def drift_at(seconds: float, margin: int) -> int:
    """How many cells the layout is to the right of the middle: from there to the right, to the left, and
    back, one cell at a time.
    """
    farthest = min(margin, _FARTHEST)
    if not farthest:
        return 0
    step = int(seconds // DRIFT_EVERY) % (4 * farthest)
    if step <= farthest:
        return step
    return 2 * farthest - step if step <= 3 * farthest else step - 4 * farthest
