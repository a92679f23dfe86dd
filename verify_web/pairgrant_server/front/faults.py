"""Which failures pass by themselves, and which are ours to mend."""

from enum import Enum

import structlog

from pairgrant_server.accounts.passwords import PasswordsBusyError
from pairgrant_server.authorization_server.store.errors import StoreUnavailableError

log = structlog.get_logger()

RETRY_AFTER = 5
"""Seconds after which to try again; the answer to ``Fault.PASSING`` says so."""


class Fault(Enum):
    PASSING = "passing"
    """The database is gone for a while, or too many sign in at once: 503 with Retry-After."""
    OURS = "ours"
    """A bug: 500."""


def fault_of(error: Exception) -> Fault:
    """What to tell the person whose request ended in ``error``, which is logged here."""
    if isinstance(error, StoreUnavailableError | PasswordsBusyError):
        log.warning("page unavailable", reason=type(error).__name__)
        return Fault.PASSING
    log.error("page failed", exc_info=error)
    return Fault.OURS
