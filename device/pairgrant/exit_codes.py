"""How the commands of ``pairgrant`` end, for scripts; the numbers are part of the stable interface."""

from enum import IntEnum


class ExitCode(IntEnum):
    DONE = 0
    ERROR = 1
    """Something went wrong; the text on stderr says what to do."""
    USAGE = 2
    """The command line can't be understood."""
    DENIED = 3
    """The person pressed Deny."""
    EXPIRED = 4
    """Nobody decided before the code ended."""
    NOT_SIGNED_IN = 5
    """There is no sign-in on this device, or it has ended."""
    NOT_REVOKED = 6
    """Signed out here, but the server couldn't be told: the sign-in may still be listed there."""
    INTERRUPTED = 130
    """Ctrl+C."""
