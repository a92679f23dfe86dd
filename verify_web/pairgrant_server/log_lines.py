"""Lines of the text log for files, pipes and the journal: those of structlog's console, without its colours,
and with everything escaped that a terminal would obey.

structlog makes them from columns and buffers, in 30 µs a line; two such lines were a tenth of a pairing.
"""

from typing import Any

from structlog.typing import EventDict

_EVENT_WIDTH = 30
_LEVEL_WIDTH = 9
_QUOTED = frozenset(" =\"'")


def plain_line(_logger: Any, _method: str, line: EventDict) -> str:
    """Time, level and event, then the other members by name; an exception on the lines that follow."""
    timestamp, level, event = line.pop("timestamp", ""), line.pop("level", ""), line.pop("event", "")
    exception = line.pop("exception", None)
    members = " ".join([f"{name}={_text_of(line[name])}" for name in sorted(line)])
    text = f"{timestamp} [{level:<{_LEVEL_WIDTH}}] {event:<{_EVENT_WIDTH}} {members}".rstrip(" ")
    return text if exception is None else f"{text}\n{exception}"


def _text_of(value: object) -> str:
    if isinstance(value, str):
        return value if value.isprintable() and _QUOTED.isdisjoint(value) else repr(value)
    return repr(value)
