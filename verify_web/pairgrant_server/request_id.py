"""The identifier of the current request, by which log lines, response and error page belong together.

It is always this server's own: a header of the caller could forge it. It is made when something first needs
it, because most requests are polls that leave no line.
"""

import secrets
from contextvars import ContextVar

HEADER = b"x-request-id"


class _Current:
    """Shared by the tasks that a request starts, so a line of theirs is seen where the response is sent."""

    __slots__ = ("identifier",)

    def __init__(self) -> None:
        self.identifier: str | None = None


_current: ContextVar[_Current | None] = ContextVar("request_id", default=None)


def begin() -> None:
    """A request starts in this context."""
    _current.set(_Current())


def made() -> str | None:
    """The identifier, if something has needed it."""
    current = _current.get()
    return None if current is None else current.identifier


def request_id() -> str | None:
    """The identifier; None outside of a request."""
    current = _current.get()
    if current is None:
        return None
    if current.identifier is None:
        current.identifier = secrets.token_hex(8)
    return current.identifier
