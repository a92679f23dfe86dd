"""What an error of SQLite means for the caller of the store."""

import sqlite3

from pairgrant_server.authorization_server.store.errors import StoreUnavailableError, UnstorableError


def store_error(error: Exception) -> Exception:
    """The error that the store's caller gets for ``error``."""
    if isinstance(error, sqlite3.Error):
        unavailable = StoreUnavailableError(str(error))
        unavailable.__cause__ = error
        return unavailable
    if isinstance(error, UnicodeEncodeError):
        return UnstorableError("half a surrogate pair can't be stored")
    return error
