"""The session of one browser, as pages and services see it."""

from dataclasses import dataclass, field
from hashlib import sha256

from pairgrant_protocol.secret import Secret
from pairgrant_server.authorization_server.model.records import User


def pairing_mark(grant_id: bytes) -> str:
    """Names a pairing in URLs and forms. It is no secret: only sessions that looked the code up know it."""
    return sha256(grant_id).hexdigest()


@dataclass(frozen=True, slots=True)
class LookedUpPairing:
    """A code that this browser looked up; ``looked_up_at`` is Unix time in seconds."""

    grant_id: bytes
    user_code: str = field(repr=False)
    looked_up_at: float
    arrival: str | None = None
    """How this browser came to the code, as JSON."""

    @property
    def mark(self) -> str:
        return pairing_mark(self.grant_id)


@dataclass(frozen=True, slots=True)
class BrowserSession:
    """What a session cookie stands for; empty before a sign-in and before a code is looked up."""

    user: User | None = None
    auth_time: float | None = None
    pairings: tuple[LookedUpPairing, ...] = ()
    """The codes that it looked up, the latest first."""
    browser_id: str | None = None
    """Tells this browser from another one, before and after a sign-in; None if nothing is stored yet."""
    successor: Secret | None = None
    """The cookie that took this one's place less than a minute ago, at a sign-in or sign-out."""

    @property
    def user_id(self) -> str | None:
        return None if self.user is None else self.user.user_id

    def pairing(self, mark: str | None) -> LookedUpPairing | None:
        """The pairing with this mark; the latest one without a mark."""
        return next((one for one in self.pairings if mark is None or one.mark == mark), None)

    def pairing_of_code(self, user_code: str) -> LookedUpPairing | None:
        return next((one for one in self.pairings if one.user_code == user_code), None)
