"""The identifier of the current request, by which log lines, response and error page belong together.

It is always this server's own: a header of the caller could forge it. It is made when something first needs
it, because most requests are polls that leave no line.
"""

import os
import random
from contextvars import ContextVar

HEADER = b"x-request-id"
_BYTES = 8

_random = random.Random()  # noqa: S311 - identifiers have to differ, and are no secret
os.register_at_fork(after_in_child=_random.seed)

_current: ContextVar[list[str] | None] = ContextVar("request_id", default=None)
"""One list for a request and the tasks that it starts; empty until something needs the identifier."""


def begin() -> list[str]:
    """A request starts in this context; the identifier appears in the list when something needs it."""
    identifier: list[str] = []
    _current.set(identifier)
    return identifier


def made() -> str | None:
    """The identifier, if something has needed it."""
    found = _current.get()
    return found[0] if found else None


def request_id() -> str | None:
    """The identifier; None outside of a request."""
    found = _current.get()
    if found is None:
        return None
    if not found:
        found.append(_random.randbytes(_BYTES).hex())
    return found[0]
