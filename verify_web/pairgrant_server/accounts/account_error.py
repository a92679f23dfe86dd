"""An account, or a change to one, that is not possible."""

from pairgrant_server.errors import PairgrantServerError


class AccountError(PairgrantServerError, ValueError):
    """The text says what is wrong and what to enter instead."""
