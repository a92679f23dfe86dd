"""Lines of the text log for files, pipes and the journal: those of structlog's console, without its colours,
and with everything escaped that a terminal would obey.

structlog makes them from columns and buffers, in 30 µs a line; two such lines were a tenth of a pairing.
"""

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

from structlog.typing import EventDict

_EVENT_WIDTH = 30
_LEVEL_WIDTH = 9
_SECOND = 1_000_000_000
"""In nanoseconds."""


def plain_line(_logger: Any, _method: str, line: EventDict) -> str:
    """Time, level and event, then the other members by name; an exception on the lines that follow."""
    timestamp, level, event = line.pop("timestamp", ""), line.pop("level", ""), line.pop("event", "")
    exception = line.pop("exception", None)
    members = " ".join([f"{name}={_text_of(line[name])}" for name in sorted(line)])
    text = f"{timestamp} [{level:<{_LEVEL_WIDTH}}] {event:<{_EVENT_WIDTH}} {members}".rstrip(" ")
    return text if exception is None else f"{text}\n{exception}"


def _text_of(value: object) -> str:
    if not isinstance(value, str) or not value.isprintable():
        return repr(value)
    # One search per sign: a set of them takes twice as long, because it looks at each character by itself.
    is_quoted = " " in value or "=" in value or '"' in value or "'" in value
    return repr(value) if is_quoted else value


class TimeStamp:
    """Adds the time of each line (RFC 3339, UTC, in microseconds); ``clock`` is in nanoseconds."""

    def __init__(self, clock: Callable[[], int]) -> None:
        self._clock = clock
        self._last = (-1, "")
        """The last second that had a line, and its text: it takes as long as the rest of a line."""

    def __call__(self, _logger: Any, _method: str, line: EventDict) -> EventDict:
        second, rest = divmod(self._clock(), _SECOND)
        last = self._last
        if last[0] != second:  # a thread that interferes makes it format once more
            text = datetime.fromtimestamp(second, UTC).strftime("%Y-%m-%dT%H:%M:%S")
            last = self._last = (second, text)
        line["timestamp"] = f"{last[1]}.{rest // 1000:06}Z"
        return line
