"""Logs: one line per event on standard error, as text or JSON.

Tracebacks never show local variables, because these can hold secrets.
"""

import logging
import sys
import time
from datetime import UTC, datetime
from typing import Literal, TextIO

import structlog
from structlog.typing import EventDict, Processor

from pairgrant_server.line_logger import logger_class
from pairgrant_server.log_lines import Completion, json_line, plain_line, with_request_id
from pairgrant_server.request_id import request_id


class UnfailingWriter:
    """Writes each line at once, and drops what it can't write (full disk, closed pipe): no request fails."""

    def __init__(self, stream: TextIO) -> None:
        self._stream = stream
        self._must_flush = not getattr(stream, "line_buffering", False)
        """Standard error is line-buffered: it flushes each line by itself."""

    def write(self, line: str) -> None:
        try:
            self._stream.write(line + "\n")
            if self._must_flush:
                self._stream.flush()
        except OSError:
            return


class RequestIdFilter(logging.Filter):
    """Adds the identifier to lines of libraries, as ``%(request_id)s``: after a space, or empty."""

    def filter(self, record: logging.LogRecord) -> bool:
        found = request_id()
        record.request_id = "" if found is None else f" request_id={found}"
        return True


_WITH_OWN_HANDLERS = ("engineio.server", "socketio.server")
"""Loggers that would write each line once more, as text, unless they have a level."""


class _LibraryHandler(logging.StreamHandler[TextIO]):
    """The one handler that ``configure_logging`` adds."""


class JsonFormatter(logging.Formatter):
    """Lines of libraries with the same members as our own."""

    def format(self, record: logging.LogRecord) -> str:
        line: EventDict = {
            "event": record.getMessage(),
            "logger": record.name,
            "level": record.levelname.lower(),
            "timestamp": datetime.fromtimestamp(record.created, UTC).isoformat().replace("+00:00", "Z"),
        }
        if record.exc_info:
            line["exception"] = self.formatException(record.exc_info)
        return json_line(None, "", with_request_id(line))


def configure_logging(log_format: Literal["text", "json"], level: int = logging.INFO) -> None:
    """Log our own events from ``level`` up, and those of libraries from WARNING up."""
    renderer: Processor
    if log_format == "json":
        renderer = json_line
    elif sys.stderr.isatty():
        renderer = structlog.dev.ConsoleRenderer(exception_formatter=structlog.dev.plain_traceback)
    else:
        renderer = plain_line
    structlog.configure(
        processors=[Completion(time.time_ns), renderer],
        wrapper_class=logger_class(level),
        logger_factory=lambda *_names: UnfailingWriter(sys.stderr),
        cache_logger_on_first_use=True,
    )
    libraries = _LibraryHandler(sys.stderr)
    if log_format == "json":
        libraries.setFormatter(JsonFormatter())
    else:
        libraries.addFilter(RequestIdFilter())
        libraries.setFormatter(logging.Formatter("%(levelname)s %(name)s: %(message)s%(request_id)s"))
    root = logging.getLogger()
    for earlier in [handler for handler in root.handlers if isinstance(handler, _LibraryHandler)]:
        root.removeHandler(earlier)  # the command line configured its own before it knew the settings
    logging.basicConfig(level=logging.WARNING, handlers=[libraries])
    for name in _WITH_OWN_HANDLERS:
        logging.getLogger(name).setLevel(logging.WARNING)
