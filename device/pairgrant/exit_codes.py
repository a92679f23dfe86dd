"""The exit codes of the ``pairgrant`` commands, for scripts; the numbers are part of the stable interface."""

from enum import IntEnum


class ExitCode(IntEnum):
    DONE = 0
    ERROR = 1
    """Something failed; the message on stderr says what to do."""
    USAGE = 2
    """An option or a variable can't be used."""
    DENIED = 3
    """The person denied the request."""
    EXPIRED = 4
    """The code expired before the request was approved or denied."""
    NOT_SIGNED_IN = 5
    """This device is not signed in, or its sign-in has ended."""
    NOT_REVOKED = 6
    """Signed out on this device, but the tokens could not be revoked at the server."""
    UNAVAILABLE = 7
    """The server, or the proxy on the way, can't be reached or is busy: worth another try later."""
    UNDECIDED = 8
    """`wait` reached its limit before the person decided."""
    INTERRUPTED = 130
    """Ctrl+C."""
