"""Choose the username and profile of a first-time upstream user, step (D); pure.

A provider's claims only suggest names; an existing account is never looked up by them.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from pairgrant_protocol.visible_text import visible
from pairgrant_server.accept_language import accepted
from pairgrant_server.accounts.account_error import AccountError
from pairgrant_server.accounts.people import checked_locale, checked_profile, checked_username
from pairgrant_server.accounts.upstream.upstream_user import UpstreamUser
from pairgrant_server.translation import languages

_ROOM = 48
"""Characters of a username that leave room for a number after it."""

_NUMBERS = range(2, 10)


@dataclass(frozen=True, slots=True)
class Profile:
    display_name: str
    email: str | None
    language: str | None = None
    time_zone: str | None = None


def is_named(person: UpstreamUser) -> bool:
    """Whether the claims suggest a username."""
    return any(_text(person.claims, name) for name in ("preferred_username", "email"))


def usernames(person: UpstreamUser, otherwise: str) -> Iterator[str]:
    """Usernames to try until one is free; the last one ends in ``otherwise``, which must be random."""
    wanted = _usable(_text(person.claims, "preferred_username")) or _usable(
        _text(person.claims, "email").rpartition("@")[0]
    )
    if wanted:
        yield wanted
        yield from (f"{wanted}-{number}" for number in _NUMBERS)
    yield f"{wanted or 'person'}-{otherwise}"


def profile(person: UpstreamUser, username: str) -> Profile:
    """The profile of the new account, without an unverified e-mail address, because clients rely on it."""
    name = _text(person.claims, "name")
    email = _text(person.claims, "email") if person.claims.get("email_verified") in (True, "true") else ""
    return Profile(
        _checked_name(name) or username,
        _checked_email(email),
        accepted(_text(person.claims, "locale").replace("_", "-"), languages()),
        _checked_time_zone(_text(person.claims, "zoneinfo")),
    )


def _text(claims: dict[str, Any], name: str) -> str:
    value = claims.get(name)
    return value if isinstance(value, str) else ""


def _usable(wanted: str) -> str:
    """``wanted`` without the characters that a username can't have; "" if none are left."""
    kept = "".join(letter for letter in wanted[:200] if not letter.isspace() and visible(letter) == letter)
    try:
        return checked_username(kept[:_ROOM])
    except AccountError:
        return ""


def _checked_name(name: str) -> str:
    try:
        return checked_profile(name, None)[0]
    except AccountError:
        return ""


def _checked_time_zone(time_zone: str) -> str | None:
    try:
        return checked_locale(None, time_zone)[1]
    except AccountError:
        return None


def _checked_email(email: str) -> str | None:
    try:
        return checked_profile("-", email)[1]
    except AccountError:
        return None
