"""What an error of PostgreSQL, or of the connection to it, means for the caller of the store.

The text of these errors contains no value of a statement. PostgreSQL's DETAIL and asyncpg's messages do, so
they are neither passed on nor chained as a cause that a traceback would print.
"""

import ssl

import asyncpg

from pairgrant_server.authorization_server.store.errors import StoreUnavailableError, UnstorableError


class LostConnectionError(StoreUnavailableError):
    """The connection broke or timed out; whether the running statement took effect is unknown."""


class UndoneError(StoreUnavailableError):
    """Rolled back in favour of another transaction (deadlock, serialization failure): safe to repeat."""


class ConstraintError(StoreUnavailableError):
    """The row refers to one that was removed, or conflicts with one; nothing has happened."""


_UNSTORABLE = ("22", "54")
"""Classes of SQLSTATE: data exception; program limit exceeded (a key too long for its index)."""

_CONSTRAINT = ("23",)
_UNDONE = ("40001", "40P01")
_LOST = ("08", "57P")
"""Connection errors, and shutdown by an operator; 57P01 may come between a commit and its acknowledgement."""

_UNUSABLE = ("25006", "26000", "0A000")
"""A server that became a read-only standby; prepared statements lost, or planned for another schema."""


def store_error(error: Exception) -> Exception:
    """The error that the store's caller gets for ``error``."""
    if isinstance(error, asyncpg.PostgresError):
        text = f"PostgreSQL: {error.args[0] if error.args else type(error).__name__} ({error.sqlstate})"
        state = error.sqlstate or ""
        if state.startswith(_UNSTORABLE):
            return UnstorableError(f"a value can't be stored ({state})")
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
        return LostConnectionError("PostgreSQL does not respond")
    if isinstance(error, OSError | ssl.SSLError | asyncpg.InterfaceError | asyncpg.InternalClientError):
        return LostConnectionError(f"the connection to PostgreSQL broke ({type(error).__name__})")
    return error


def spoils_connection(error: BaseException) -> bool:
    """Whether the connection has to be replaced: it broke, is in an unknown state, or is of no more use."""
    if isinstance(error, asyncpg.PostgresError):
        return (error.sqlstate or "").startswith((*_LOST, *_UNUSABLE))
    return not (isinstance(error, asyncpg.InterfaceError) and isinstance(error, ValueError))


def separable(error: Exception) -> bool:
    """Whether one item of a batch may be at fault, so that each has to be tried by itself."""
    return not isinstance(error, StoreUnavailableError) or isinstance(error, ConstraintError)


def storable(text: str) -> bool:
    """Whether PostgreSQL can store the text, and so find it."""
    if "\0" in text:
        return False
    if text.isascii():
        return True
    try:
        text.encode()
    except UnicodeEncodeError:
        return False
    return True
