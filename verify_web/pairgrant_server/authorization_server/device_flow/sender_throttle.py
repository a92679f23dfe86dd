"""Three reports within an hour stop new codes for their sender for a day (RFC 10027: rate limits). Pure."""

from collections.abc import Sequence

REPORTS_THAT_THROTTLE = 3
THROTTLE_WINDOW = 3600.0
"""Seconds in which so many reports throttle."""

THROTTLED_FOR = 86_400.0
"""Seconds from the report that throttled."""

REPORTS_LAST = THROTTLE_WINDOW + THROTTLED_FOR
"""Seconds after which a report has no effect any more."""


def throttled_until(reported_at: Sequence[float]) -> float | None:
    """Until when a sender gets no codes; None: it does. ``reported_at`` is Unix time, oldest first."""
    last = REPORTS_THAT_THROTTLE - 1
    ends = [
        reported_at[number] + THROTTLED_FOR
        for number in range(last, len(reported_at))
        if reported_at[number] - reported_at[number - last] <= THROTTLE_WINDOW
    ]
    return max(ends, default=None)
