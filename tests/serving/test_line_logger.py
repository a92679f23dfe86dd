"""Loggers write the lines that structlog's own would, from the level up that was configured."""

import io
import logging
import os
import select
from collections.abc import Iterator
from typing import Any, TextIO

import pytest
import structlog
from structlog.typing import EventDict, Processor, WrappedLogger

from pairgrant_server.line_logger import logger_class
from pairgrant_server.log_lines import Completion, plain_line
from pairgrant_server.logs import UnfailingWriter
from pairgrant_server.request_id import begin, request_id

LEVELS = ("debug", "info", "warning", "error", "critical")


@pytest.fixture(autouse=True)
def configured_as_before() -> Iterator[None]:
    before = structlog.get_config()
    yield
    structlog.configure(**before)


def _logger(stream: TextIO, *steps: Processor, least: int = logging.INFO) -> Any:
    structlog.configure(
        processors=[*steps, Completion(lambda: 0), plain_line],
        wrapper_class=logger_class(least),
        logger_factory=lambda *_names: UnfailingWriter(stream),
        cache_logger_on_first_use=False,
    )
    return structlog.get_logger()


def _drop(_logger: WrappedLogger, _level: str, line: EventDict) -> EventDict:
    if line["event"] == "dropped":
        raise structlog.DropEvent
    return line


async def test_line_has_time_level_event_request_and_members() -> None:
    stream = io.StringIO()
    begin()
    _logger(stream).warning("disk full", path="/data", device_name="Lobby TV")
    assert stream.getvalue() == (
        "1970-01-01T00:00:00.000000Z [warning  ] disk full                      "
        f"device_name='Lobby TV' path=/data request_id={request_id()}\n"
    )


@pytest.mark.parametrize("is_line_buffered", [True, False])
def test_line_leaves_the_process_at_once_however_the_stream_is_buffered(*, is_line_buffered: bool) -> None:
    reading, writing = os.pipe()
    with open(reading, "rb", buffering=0) as pipe, open(writing, "wb") as end:  # noqa: PTH123 - descriptors
        _logger(io.TextIOWrapper(end, line_buffering=is_line_buffered)).info("decided")
        assert select.select([pipe], [], [], 0)[0]
        assert b"decided" in pipe.read(1000)


@pytest.mark.parametrize("least", range(len(LEVELS)))
def test_levels_below_the_configured_one_write_nothing(least: int) -> None:
    stream = io.StringIO()
    log = _logger(stream, least=getattr(logging, LEVELS[least].upper()))
    for level in LEVELS:
        getattr(log, level)(level)
    assert [line.split()[1].strip("[]") for line in stream.getvalue().splitlines()] == list(LEVELS[least:])


def test_line_that_a_processor_drops_is_not_written() -> None:
    stream = io.StringIO()
    log = _logger(stream, _drop)
    log.info("dropped")
    log.info("kept")
    assert len(stream.getvalue().splitlines()) == 1


def test_line_of_an_exception_has_its_traceback() -> None:
    stream = io.StringIO()
    error = ValueError("no number")
    _logger(stream).error("page failed", exc_info=error)
    first, *traceback = stream.getvalue().splitlines()
    assert "page failed" in first
    assert traceback == ["ValueError: no number"]


def test_members_that_a_logger_was_bound_to_are_in_its_lines() -> None:
    stream = io.StringIO()
    _logger(stream).bind(worker=1).info("started", port=8628)
    assert {"port=8628", "worker=1"} <= set(stream.getvalue().split())
