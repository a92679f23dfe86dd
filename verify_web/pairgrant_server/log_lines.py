"""Lines of the log: what each one has, and the text of those for files, pipes and the journal.

The text is that of structlog's console without its colours, and everything is escaped that a terminal would
obey. structlog makes it from columns and buffers, in 30 µs a line.
"""

import json
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

from structlog.processors import format_exc_info
from structlog.typing import EventDict

from pairgrant_server.request_id import request_id

_EVENT_WIDTH = 30
_LEVEL_WIDTH = 9
_SECOND = 1_000_000
"""In microseconds."""

_json = json.JSONEncoder(default=repr).encode


def json_line(_logger: Any, _level: str, line: EventDict) -> str:
    return _json(line)


def plain_line(_logger: Any, _level: str, line: EventDict) -> str:
    """Time, level and event, then the other members by name; an exception on the lines that follow."""
    timestamp, level, event = line.pop("timestamp"), line.pop("level"), line.pop("event")
    exception = line.pop("exception", None)
    members = " ".join([f"{name}={_text_of(line[name])}" for name in sorted(line)])
    text = f"{timestamp} [{level.ljust(_LEVEL_WIDTH)}] {event.ljust(_EVENT_WIDTH)} {members}".rstrip(" ")
    return text if exception is None else f"{text}\n{exception}"


def _text_of(value: object) -> str:
    if not isinstance(value, str) or not value.isprintable():
        return repr(value)
    # One search per sign: a set of them takes twice as long, because it looks at each character by itself.
    is_quoted = " " in value or "=" in value or '"' in value or "'" in value
    return repr(value) if is_quoted else value


def with_request_id(line: EventDict) -> EventDict:
    """Add the identifier of the request that a line belongs to, if any."""
    found = request_id()
    if found is not None:
        line["request_id"] = found
    return line


class Completion:
    """Adds what each line has: the request that it belongs to, if any, its level and its time.

    The time is in microseconds (RFC 3339, UTC); ``clock`` is in nanoseconds.
    """

    def __init__(self, clock: Callable[[], int]) -> None:
        self._clock = clock
        self._last = (-_SECOND, "")
        """The last second that had a line, and its text: it takes as long as the rest of a line."""

    def __call__(self, _logger: Any, level: str, line: EventDict) -> EventDict:
        with_request_id(line)
        line["level"] = level
        line["timestamp"] = self._time()
        return format_exc_info(_logger, level, line) if "exc_info" in line else line

    def _time(self) -> str:
        now = self._clock() // 1000
        second, text = self._last
        if not second <= now < second + _SECOND:
            second = now - now % _SECOND
            text = datetime.fromtimestamp(second // _SECOND, UTC).strftime("%Y-%m-%dT%H:%M:%S")
            self._last = second, text  # a thread that interferes makes it format once more
        return f"{text}.{now - second:06}Z"
