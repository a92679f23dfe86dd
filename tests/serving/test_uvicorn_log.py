"""What uvicorn's log leaves out, and what it keeps."""

import logging
from pathlib import Path

import pytest
from uvicorn.protocols.http import httptools_impl

from pairgrant_server.serving.uvicorn_log import CAUSED_BY_STRANGERS, leave_out_malformed_requests


def test_lines_that_strangers_cause_are_left_out_and_failures_are_kept(
    caplog: pytest.LogCaptureFixture,
) -> None:
    log = logging.getLogger("uvicorn.error")
    before = list(log.filters)
    leave_out_malformed_requests()
    try:
        log.warning("Invalid HTTP request received.")
        log.warning("Unsupported upgrade request.")
        log.error("Exception in ASGI application\n")
    finally:
        log.filters[:] = before
    assert [record.message for record in caplog.records] == ["Exception in ASGI application\n"]


def test_uvicorn_has_the_lines_that_are_left_out() -> None:
    """An update of uvicorn may word them differently."""
    source = Path(httptools_impl.__file__).read_text(encoding="utf-8")
    assert all(f'"{line}"' in source for line in CAUSED_BY_STRANGERS)
