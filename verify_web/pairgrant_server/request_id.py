"""The identifier of the current request, by which log lines, response and error page belong together.

It is always this server's own: a header of the caller could forge it. It is made when something first needs
it, because most requests are polls that leave no line.
"""

import secrets
from contextvars import ContextVar

HEADER = b"x-request-id"

_NOT_MADE = ""
_current: ContextVar[str | None] = ContextVar("request_id", default=None)


def begin() -> None:
    """A request starts in this context."""
    _current.set(_NOT_MADE)


def made() -> str | None:
    """The identifier, if something has needed it."""
    return _current.get() or None


def request_id() -> str | None:
    """The identifier; None outside of a request."""
    current = _current.get()
    if current == _NOT_MADE:
        current = secrets.token_hex(8)
        _current.set(current)
    return current
