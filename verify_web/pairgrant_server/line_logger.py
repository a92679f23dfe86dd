"""The loggers that ``structlog.get_logger`` gives us (its ``wrapper_class``).

structlog's own pass a line through five functions, which copy its members four times; that takes as long as
to render it.
"""

import logging
from collections.abc import Callable, Iterable
from typing import Any

from structlog import BoundLoggerBase, DropEvent
from structlog.typing import Context, Processor

_LEVELS = ("debug", "info", "warning", "error", "critical")


class LineLogger(BoundLoggerBase):
    """Has a method for each level, which is called with an event and its members by name."""

    def __init__(self, logger: Any, processors: Iterable[Processor], context: Context) -> None:
        super().__init__(logger, processors, context)
        self._steps = processors
        self._bound = context
        self._write = logger.write


def logger_class(least: int) -> type[LineLogger]:
    """Loggers whose methods below the level ``least`` do nothing."""
    numbers = logging.getLevelNamesMapping()
    methods = {level: _writing(level) if numbers[level.upper()] >= least else _nothing for level in _LEVELS}
    return type("LineLogger", (LineLogger,), methods)


def _writing(level: str) -> Callable[..., None]:
    def write(self: LineLogger, event: str, **members: Any) -> None:
        line: Any = {**self._bound, **members} if self._bound else members
        line["event"] = event
        try:
            for step in self._steps:
                line = step(self, level, line)
        except DropEvent:
            return
        self._write(line)

    return write


def _nothing(self: LineLogger, event: str, **members: Any) -> None:
    """For a level that is not written."""
