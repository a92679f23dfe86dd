"""Times and scopes as people say them."""

from datetime import UTC, datetime
from urllib.parse import urlsplit

from pairgrant_protocol.visible_text import visible
from pairgrant_server.authorization_server.code_flow.redirection import is_of_native_app
from pairgrant_server.authorization_server.model.scopes import SCOPES

_UNITS = ((86_400, "day"), (3600, "hour"), (60, "minute"))


def ago(seconds: float) -> str:
    """How long something has been: ``just now``, ``3 minutes ago``, ``2 days ago``."""
    for size, unit in _UNITS:
        count = int(seconds // size)
        if count >= 1:
            return f"{count} {unit}{'' if count == 1 else 's'} ago"
    return "just now"


def lately(seconds: float) -> str:
    """The same for a device, which is only seen when it renews its tokens: finer words would be made up."""
    if seconds < 900:
        return "just now"
    return "within the hour" if seconds < 3600 else ago(seconds)


def countdown(seconds: float) -> str:
    """What is left, as a clock shows it: ``9:05``; never below ``0:00``."""
    minutes, rest = divmod(max(int(seconds), 0), 60)
    return f"{minutes}:{rest:02}"


def day(instant: float) -> str:
    """The day of a Unix time, in UTC: ``23 November 2026``."""
    moment = datetime.fromtimestamp(instant, UTC)
    return f"{moment.day} {moment:%B %Y}"


def destination(redirect_uri: str) -> str:
    """Who is reached at an address that an application wants a person sent to, as far as it says that."""
    parts = urlsplit(redirect_uri)
    if not is_of_native_app(redirect_uri):
        return f"{parts.scheme}://{parts.netloc}"
    return "a program on this device" if parts.netloc else f"an app on this device ({parts.scheme})"


def in_words(scope_value: str) -> str:
    """What a scope lets a device do; one that this server does not know is shown as it is."""
    return SCOPES.get(scope_value) or f"“{visible(scope_value)}”"
