"""What an error of PostgreSQL, or of the way to it, means for the caller of the store.

No text of these errors holds a value of the statement: PostgreSQL's DETAIL and asyncpg's messages do, so neither is
passed on, nor chained as a cause that a traceback would print.
"""

import ssl

import asyncpg

from pairgrant_server.authorization_server.store.errors import StoreUnavailableError, UnstorableError


class LostConnectionError(StoreUnavailableError):
    """The connection broke, or gave no answer in time: whether the statement under way happened is unknown."""


class UndoneError(StoreUnavailableError):
    """Undone by the server in favour of another transaction (deadlock, serialization): safe to do again."""


class ConstraintError(StoreUnavailableError):
    """The row refers to one that is gone, or collides with one: nothing has happened."""


_UNSTORABLE = ("22", "54")
"""Classes of SQLSTATE: data exception; program limit exceeded (a key too long for its index)."""

_CONSTRAINT = ("23",)
_UNDONE = ("40001", "40P01")
_LOST = ("08", "57P")
"""The connection, or an operator who ends it; 57P01 may even come between a commit and its acknowledgement."""

_UNUSABLE = ("25006", "26000", "0A000")
"""Read-only since it became a standby; statements forgotten, or planned for another schema."""


def told(error: Exception) -> Exception:
    """The error for the store's caller."""
    if isinstance(error, asyncpg.PostgresError):
        text = f"PostgreSQL: {error.args[0] if error.args else type(error).__name__} ({error.sqlstate})"
        state = error.sqlstate or ""
        if state.startswith(_UNSTORABLE):
            return UnstorableError(f"a value can't be kept ({state})")
        if state.startswith(_CONSTRAINT):
            return ConstraintError(text)
        if state in _UNDONE:
            return UndoneError(text)
        if state.startswith(_LOST):
            return LostConnectionError(text)
        return StoreUnavailableError(text)
    if isinstance(error, asyncpg.InterfaceError) and isinstance(error, ValueError):
        return UnstorableError("a value can't be sent to PostgreSQL")
    if isinstance(error, TimeoutError):
        return LostConnectionError("PostgreSQL gives no answer")
    if isinstance(error, OSError | ssl.SSLError | asyncpg.InterfaceError | asyncpg.InternalClientError):
        return LostConnectionError(f"the connection to PostgreSQL broke ({type(error).__name__})")
    return error


def spoils_connection(error: BaseException) -> bool:
    """Whether the connection is to be replaced: it is gone, its state is unknown, or it is of no use any more."""
    if isinstance(error, asyncpg.PostgresError):
        return (error.sqlstate or "").startswith((*_LOST, *_UNUSABLE))
    return not (isinstance(error, asyncpg.InterfaceError) and isinstance(error, ValueError))


def separable(error: Exception) -> bool:
    """Whether one item of a batch may be at fault, so that each deserves to be tried alone."""
    return not isinstance(error, StoreUnavailableError) or isinstance(error, ConstraintError)


def storable(text: str) -> bool:
    """Whether PostgreSQL can hold, and so find, the text."""
    if "\0" in text:
        return False
    if text.isascii():
        return True
    try:
        text.encode()
    except UnicodeEncodeError:
        return False
    return True
