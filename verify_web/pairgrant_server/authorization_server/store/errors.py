"""What a store raises.

PairgrantServerError
├── StoreUnavailableError
│   └── (PostgreSQL) LostConnectionError, UndoneError, ConstraintError
├── UnstorableError (also a ValueError)
└── DatabaseError
"""

from pairgrant_server.errors import PairgrantServerError


class StoreUnavailableError(PairgrantServerError):
    """The database can't be reached or can't write now; a request gets 503 (RFC 9110 §15.6.4)."""


class UnstorableError(PairgrantServerError, ValueError):
    """A text of the call can't be stored (NUL, half a surrogate pair).

    The caller has to change it; retrying is useless.
    """


class DatabaseError(PairgrantServerError):
    """The database can't be used as it is; the text says what to do."""
