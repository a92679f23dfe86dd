"""Times and addresses as a person reads them."""

from datetime import UTC, datetime
from urllib.parse import urlsplit

from pairgrant_protocol.visible_text import visible
from pairgrant_server.authorization_server.code_flow.redirection import is_of_native_app
from pairgrant_server.authorization_server.places.places import Place
from pairgrant_server.translation import gettext

_UNITS = ((86_400, "day"), (3600, "hour"), (60, "minute"))


def time_ago(seconds: float) -> str:
    """A past time: ``just now``, ``3 minutes ago``, ``2 days ago``."""
    return "just now" if seconds < 60 else f"{duration(seconds)} ago"


def last_seen(seconds: float) -> str:
    """The same for a device; coarser, because it is only seen when it refreshes its tokens."""
    if seconds < 900:
        return "just now"
    return "within the hour" if seconds < 3600 else time_ago(seconds)


def countdown(seconds: float) -> str:
    """Remaining time as a clock shows it: ``9:05``; never below ``0:00``."""
    minutes, rest = divmod(max(int(seconds), 0), 60)
    return f"{minutes}:{rest:02}"


def duration(seconds: float) -> str:
    """A length of time in its largest unit, rounded down: ``8 hours``, ``1 day``."""
    for size, unit in _UNITS:
        count = int(seconds // size)
        if count >= 1:
            return f"{count} {unit}{'' if count == 1 else 's'}"
    return "less than a minute"


def place_text(place: Place | None) -> str:
    """``Milan, Italy, Example Telecom``, as far as it is known; "" if nothing is."""
    known = () if place is None else (place.city, place.country, place.operator)
    return ", ".join(visible(text) for text in known if text)


def date(instant: float) -> str:
    """The date of a Unix time, in UTC: ``23 November 2026``."""
    moment = datetime.fromtimestamp(instant, UTC)
    return f"{moment.day} {moment:%B %Y}"


def destination(redirect_uri: str) -> str:
    """Where an application's redirect URI leads, as far as the URI says."""
    parts = urlsplit(redirect_uri)
    if not is_of_native_app(redirect_uri):
        return f"{parts.scheme}://{parts.netloc}"
    return (
        gettext("a program on this device")
        if parts.netloc
        else gettext("an app on this device ({scheme})", scheme=parts.scheme)
    )
