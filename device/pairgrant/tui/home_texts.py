"""What the connected screen says about its sign-in and its connection; pure."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from urllib.parse import urlsplit

from pairgrant.session.sign_in_session import SignInSession
from pairgrant.ui_texts import minutes_and_seconds

_MAY = {
    "board:read": "show notices",
    "board:write": "post notices",
    "profile": "know your name",
    "email": "know your e-mail address",
    "offline_access": "stay signed in",
}
_ALWAYS = {"openid"}
_DAY = 86_400


@dataclass(frozen=True, slots=True)
class Connection:
    """What is known of the connection; instants in Unix time."""

    is_confirmed: bool = False
    """Whether the server has responded since the start, and no later request failed."""
    shown_at: float | None = None
    """Until when the screen was up to date; None if it never was."""
    trouble: str | None = None

    def confirmed(self) -> "Connection":
        """The server has responded."""
        return replace(self, is_confirmed=True, trouble=None, shown_at=None)

    def failed(self, reason: str, wall: float) -> "Connection":
        """A request has failed; what is on the screen was true until then."""
        shown_at = wall if self.is_confirmed else self.shown_at
        return Connection(is_confirmed=False, shown_at=shown_at, trouble=reason)


def connection_line(
    connection: Connection, *, server: str, since: float | None, wall: float, is_refreshed: bool
) -> str:
    """The one line about the connection; it says "connected" only while that is true."""
    if connection.trouble is not None:
        if connection.shown_at is None:
            return f"! No connection to {host(server)}. Trying again …"
        return f"! Showing what was here at {time_of_day(connection.shown_at, wall)}. Trying again …"
    if not is_refreshed:
        return "! The sign-in can't be renewed. Trying again …"
    if not connection.is_confirmed:
        return f"Connecting to {host(server)} …"
    return "✓ Connected" if since is None else f"✓ Connected since {time_of_day(since, wall)}"


def token_trouble(session: SignInSession, now: float) -> str | None:
    """Why the last refresh failed, and when the next one is; None if it succeeded."""
    if session.last_error is None:
        return None
    return f"{session.last_error} You stay signed in; trying again in {_wait(session, now)}."


def token_state(session: SignInSession, now: float) -> str:
    """How often the tokens were refreshed, and when they will be."""
    if trouble := token_trouble(session, now):
        return trouble
    if not session.can_refresh:
        return "Can't be refreshed: this sign-in ends when its access token expires."
    count = session.refresh_count
    times = (
        "Not refreshed yet" if count == 0 else "Refreshed once" if count == 1 else f"Refreshed {count} times"
    )
    return times if session.next_refresh_at is None else f"{times} · next refresh in {_wait(session, now)}"


def time_left(session: SignInSession, now: float) -> str:
    """The time left of the access token."""
    if session.lifetime.expires_at is None:
        return "no expiry"
    return f"{minutes_and_seconds(session.lifetime.expires_at - now)} left"


def _wait(session: SignInSession, now: float) -> str:
    return minutes_and_seconds((session.next_refresh_at or now) - now)


def permissions(scope: Sequence[str]) -> str:
    """What the device may do, in words; a scope of another server as it is."""
    allowed = [_MAY.get(name, name) for name in scope if name not in _ALWAYS]
    return f"This screen may {_and(allowed)}." if allowed else ""


def time_of_day(at: float, wall: float) -> str:
    """The local time of ``at``, with the date where it is more than a day before ``wall``."""
    moment = datetime.fromtimestamp(at).astimezone()
    return f"{moment:%H:%M}" if abs(wall - at) < _DAY else f"{moment:%d %B, %H:%M}"


def host(issuer: str) -> str:
    return urlsplit(issuer).netloc


def _and(words: Sequence[str]) -> str:
    return words[0] if len(words) == 1 else f"{', '.join(words[:-1])} and {words[-1]}"
