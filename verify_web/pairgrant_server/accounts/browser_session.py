"""The session of one browser, as pages and services see it."""

from dataclasses import dataclass, field

from pairgrant_server.authorization_server.model.records import User


@dataclass(frozen=True, slots=True)
class BrowserSession:
    """What a session cookie stands for; empty before a sign-in and before a code is looked up."""

    user: User | None = None
    auth_time: float | None = None
    grant_id: bytes | None = None
    user_code: str | None = field(default=None, repr=False)
    browser_id: str | None = None
    """Tells this browser from another one, before and after a sign-in; None if nothing is stored yet."""
    arrival: str | None = None
    """How this browser came to the code, as JSON."""

    @property
    def user_id(self) -> str | None:
        return None if self.user is None else self.user.user_id
