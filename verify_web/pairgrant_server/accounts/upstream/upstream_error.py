"""Why a sign-in at another provider, step (D), did not succeed."""

from enum import Enum

from pairgrant_server.errors import PairgrantServerError


class UpstreamFailure(Enum):
    UNAVAILABLE = "unavailable"
    """The provider can't be reached, or does not follow OpenID Connect."""
    CANCELLED = "cancelled"
    """The person, or the provider, ended the sign-in."""
    EXPIRED = "expired"
    """It took too long, its response was used before, or this browser has started another one since."""
    INVALID_RESPONSE = "invalid response"
    """The response does not belong to this sign-in, or fails a check."""
    SIGN_IN_TOO_OLD = "sign-in too old"
    """A fresh sign-in was required, and the provider did not ask the person."""
    LOCKED = "locked"
    """The account here is locked."""
    NO_ACCOUNT = "no account"
    """No account here is linked to that identity, and new accounts are not created automatically."""


class UpstreamError(PairgrantServerError):
    """``reason`` is for the log: it contains no code, token or secret, and is safe to print."""

    def __init__(self, failure: UpstreamFailure, reason: str) -> None:
        super().__init__(reason)
        self.failure = failure
        self.reason = reason
