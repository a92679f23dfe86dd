"""Lines of uvicorn's log that anyone can cause at any rate, and that say nothing an operator could use."""

import logging

_LOGGER = "uvicorn.error"
CAUSED_BY_STRANGERS = ("Invalid HTTP request received.", "Unsupported upgrade request.")


def leave_out_malformed_requests() -> None:
    """Write no line for bytes that are no request, and for upgrades that are ignored."""
    logging.getLogger(_LOGGER).addFilter(_is_wanted)


def _is_wanted(record: logging.LogRecord) -> bool:
    return not str(record.msg).startswith(CAUSED_BY_STRANGERS)
