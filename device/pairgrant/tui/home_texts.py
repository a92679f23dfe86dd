"""What the connected screen says about its sign-in and its connection; pure."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from urllib.parse import urlsplit

from pairgrant.instants import instant, is_recent
from pairgrant.session.sign_in_session import SignInSession
from pairgrant.translation import Translatable, gettext, ngettext, translated
from pairgrant.ui_texts import minutes_and_seconds

_MAY = {
    "board:read": Translatable("show notices"),
    "board:write": Translatable("post notices"),
    "profile": Translatable("know your name"),
    "email": Translatable("know your e-mail address"),
    "offline_access": Translatable("stay signed in"),
}
_ALWAYS = {"openid"}


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
            return gettext("! No connection to {server}. Trying again …", server=host(server))
        time = instant(connection.shown_at, wall)
        return gettext("! Showing what was here at {time}. Trying again …", time=time)
    if not is_refreshed:
        return gettext("! The sign-in can't be renewed. Trying again …")
    if not connection.is_confirmed:
        return gettext("Connecting to {server} …", server=host(server))
    if since is None:
        return gettext("✓ Connected")
    if is_recent(since, wall):
        return gettext("✓ Connected since {time}", time=instant(since, wall))
    return gettext("✓ Connected since {date}", date=instant(since, wall))


def in_one_line(connection: str, allowed: str, width: int) -> str | None:
    """Both texts in one line of ``width`` columns; None if they don't fit."""
    line = " · ".join(filter(None, (connection, allowed)))
    return line if len(line) <= width else None


def purpose_elsewhere(server: str) -> str:
    """Where the person signed in, and what for, with a server that has no notices."""
    return gettext(
        "Signed in at {server}. Programs on this device use the sign-in: they get tokens from {command}.",
        server=server,
        command="pairgrant token",
    )


def token_trouble(session: SignInSession, now: float) -> str | None:
    """Why the last refresh failed, and when the next one is; None if it succeeded."""
    if session.last_error is None:
        return None
    return gettext(
        "{error} You stay signed in; trying again in {wait}.",
        error=translated(session.last_error),
        wait=_wait(session, now),
    )


def token_state(session: SignInSession, now: float) -> str:
    """How often the tokens were refreshed, and when they will be."""
    if trouble := token_trouble(session, now):
        return trouble
    if not session.can_refresh:
        return gettext("Can't be refreshed: this sign-in ends when its access token expires.")
    count = session.refresh_count
    if count == 0:
        times = gettext("Not refreshed yet")
    else:
        times = ngettext("Refreshed {count} time", "Refreshed {count} times", count)
    if session.next_refresh_at is None:
        return times
    return gettext("{times} · next refresh in {wait}", times=times, wait=_wait(session, now))


def time_left(session: SignInSession, now: float) -> str:
    """The time left of the access token."""
    if session.lifetime.expires_at is None:
        return gettext("no expiry")
    return gettext("{time} left", time=minutes_and_seconds(session.lifetime.expires_at - now))


def _wait(session: SignInSession, now: float) -> str:
    return minutes_and_seconds((session.next_refresh_at or now) - now)


def permissions(scope: Sequence[str]) -> str:
    """What the device may do, in words; a scope of another server as it is."""
    allowed = [translated(_MAY.get(name, name)) for name in scope if name not in _ALWAYS]
    # Translators: {actions} is a list such as "show notices, know your name and stay signed in"
    return gettext("This screen may {actions}.", actions=_and(allowed)) if allowed else ""


def host(issuer: str) -> str:
    return urlsplit(issuer).netloc


def _and(words: Sequence[str]) -> str:
    if len(words) == 1:
        return words[0]
    return gettext("{first} and {last}", first=", ".join(words[:-1]), last=words[-1])
