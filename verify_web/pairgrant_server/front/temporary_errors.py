"""Errors that go away by themselves: the response is 503 with ``Retry-After``; a live page retries."""

from pairgrant_server.accounts.passwords import PasswordsBusyError
from pairgrant_server.authorization_server.store.errors import StoreUnavailableError

TEMPORARY_ERRORS = (StoreUnavailableError, PasswordsBusyError)
"""The database can't be reached, or more people sign in at once than the server can verify passwords for."""

RETRY_AFTER = 5
"""Seconds."""
