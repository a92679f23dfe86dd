"""Logs: one line per event on standard error, as text or JSON.

Tracebacks never show local variables, because these can hold secrets.
"""

import logging
import sys
from contextlib import suppress
from typing import Any, Literal, TextIO, cast

import structlog
from structlog.typing import EventDict

from pairgrant_server.request_id import request_id


class UnfailingStream:
    """A stream that drops what it can't write (full disk, closed pipe), so that logging fails no request."""

    def __init__(self, stream: TextIO) -> None:
        self._stream = stream

    def write(self, text: str) -> None:
        with suppress(OSError):
            self._stream.write(text)

    def flush(self) -> None:
        with suppress(OSError):
            self._stream.flush()


def with_request_id(_logger: Any, _method: str, line: EventDict) -> EventDict:
    """Add the identifier of the request that a line belongs to, if any."""
    found = request_id()
    return line if found is None else {**line, "request_id": found}


class RequestIdFilter(logging.Filter):
    """Adds the identifier to lines of libraries, as ``%(request_id)s``: after a space, or empty."""

    def filter(self, record: logging.LogRecord) -> bool:
        found = request_id()
        record.request_id = "" if found is None else f" request_id={found}"
        return True


def configure_logging(log_format: Literal["text", "json"], level: int = logging.INFO) -> None:
    """Log our own events from ``level`` up, and those of libraries from WARNING up."""
    renderer = (
        structlog.processors.JSONRenderer()
        if log_format == "json"
        else structlog.dev.ConsoleRenderer(
            colors=sys.stderr.isatty(), exception_formatter=structlog.dev.plain_traceback
        )
    )
    structlog.configure(
        processors=[
            with_request_id,
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso"),
            structlog.processors.format_exc_info,
            renderer,
        ],
        wrapper_class=structlog.make_filtering_bound_logger(level),
        logger_factory=structlog.PrintLoggerFactory(cast(TextIO, UnfailingStream(sys.stderr))),
        cache_logger_on_first_use=True,
    )
    libraries = logging.StreamHandler(sys.stderr)
    libraries.addFilter(RequestIdFilter())
    logging.basicConfig(
        level=logging.WARNING,
        handlers=[libraries],
        format="%(levelname)s %(name)s: %(message)s%(request_id)s",
    )
