"""Why a sign-in at another provider, step (D), did not lead in here."""

from enum import Enum


class Why(Enum):
    UNAVAILABLE = "unavailable"
    """The provider can't be reached, or does not do what OpenID Connect asks of it."""
    CANCELLED = "cancelled"
    """The person said no there."""
    OVER = "over"
    """It took too long, was used already, or another one was begun in this browser since."""
    FORGED = "forged"
    """The answer is not one that this sign-in could have led to."""
    NOT_FRESH = "not fresh"
    """The person was to sign in anew there, and the provider did not ask them."""
    LOCKED = "locked"
    """The account here is locked."""
    STRANGER = "stranger"
    """Nobody here signs in with that account, and none is made for who comes."""


class UpstreamError(Exception):
    """``reason`` is for the log: it quotes no code, token or secret, and is safe to print."""

    def __init__(self, why: Why, reason: str) -> None:
        super().__init__(reason)
        self.why = why
        self.reason = reason
