"""The error of a command that can't do what it was asked to do."""

from pairgrant_server.errors import PairgrantServerError


class CommandError(PairgrantServerError):
    """The command can't do what was asked; the text says why and what to do."""
