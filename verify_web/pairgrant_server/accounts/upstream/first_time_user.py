"""What someone who comes from another provider for the first time, step (D), is called here; pure.

What a provider says of a person names them and nothing more: an account that exists is never found by it.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from pairgrant_protocol.visible_text import visible
from pairgrant_server.accounts.account_error import AccountError
from pairgrant_server.accounts.people import checked_profile, checked_username
from pairgrant_server.accounts.upstream.id_token import UpstreamUser

_ROOM = 48
"""Characters of a username that leave room for a number behind it."""

_NUMBERS = range(2, 10)


@dataclass(frozen=True, slots=True)
class Profile:
    display_name: str
    email: str | None


def is_named(person: UpstreamUser) -> bool:
    """Whether the provider has said enough to call the person something."""
    return any(_text(person.claims, name) for name in ("preferred_username", "email"))


def usernames(person: UpstreamUser, otherwise: str) -> Iterator[str]:
    """Names to try one after the other until one is free; ``otherwise`` is for who has none that can be used."""
    wanted = _usable(_text(person.claims, "preferred_username")) or _usable(
        _text(person.claims, "email").rpartition("@")[0]
    )
    if wanted:
        yield wanted
        yield from (f"{wanted}-{number}" for number in _NUMBERS)
    yield f"{wanted or 'person'}-{otherwise}"


def profile(person: UpstreamUser, username: str) -> Profile:
    """An address only where the provider has verified it: applications here may believe it."""
    name = _text(person.claims, "name")
    email = _text(person.claims, "email") if person.claims.get("email_verified") in (True, "true") else ""
    return Profile(_checked_name(name) or username, _checked_email(email))


def _text(claims: dict[str, Any], name: str) -> str:
    value = claims.get(name)
    return value if isinstance(value, str) else ""


def _usable(wanted: str) -> str:
    """``wanted`` as a username, without what can't stand in one; "" where nothing is left."""
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


def _checked_email(email: str) -> str | None:
    try:
        return checked_profile("-", email)[1]
    except AccountError:
        return None
