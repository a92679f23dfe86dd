"""Times, places and addresses as a person reads them, in the reader's language and time zone."""

from datetime import UTC, datetime, timedelta
from math import inf
from typing import Literal
from urllib.parse import urlsplit

from babel import Locale
from babel.dates import format_date, format_time, format_timedelta, get_timezone_name
from markupsafe import Markup

from pairgrant_protocol.visible_text import visible
from pairgrant_server.authorization_server.code_flow.redirection import is_of_native_app
from pairgrant_server.authorization_server.places.places import Place
from pairgrant_server.translation import gettext, reader

_Unit = Literal["day", "hour", "minute"]
_UNITS: tuple[tuple[int, _Unit], ...] = ((86_400, "day"), (3600, "hour"), (60, "minute"))

_WITH_REGION = {"en": "en_GB"}
"""Where the region that Babel takes for a language writes dates that are read differently elsewhere."""


def locale() -> Locale:
    """The reader's, as far as it decides how dates and numbers are written."""
    language = reader().language
    return Locale.parse(_WITH_REGION.get(language, language.replace("-", "_")))


def time_ago(seconds: float) -> str:
    """A past time: ``just now``, ``3 minutes ago``, ``2 days ago``."""
    return gettext("just now") if seconds < 60 else _in_largest_unit(-seconds, is_relative=True)


def duration(seconds: float) -> str:
    """A length of time in its largest unit, rounded down: ``8 hours``, ``1 day``."""
    return gettext("less than a minute") if seconds < 60 else _in_largest_unit(seconds, is_relative=False)


def _in_largest_unit(seconds: float, *, is_relative: bool) -> str:
    size, unit = next((size, unit) for size, unit in _UNITS if abs(seconds) >= size)
    whole = int(seconds / size) * size
    return format_timedelta(
        timedelta(seconds=whole),
        granularity=unit,
        threshold=inf,
        add_direction=is_relative,
        locale=locale(),
    )


def countdown(seconds: float) -> str:
    """Remaining time as a clock shows it: ``9:05``; never below ``0:00``."""
    minutes, rest = divmod(max(int(seconds), 0), 60)
    return f"{minutes}:{rest:02}"


def place_text(place: Place | None) -> str:
    """``Milan, Italy, Example Telecom``, as far as it is known; "" if nothing is."""
    known = () if place is None else (place.city, place.country, place.operator)
    return ", ".join(visible(text) for text in known if text)


def date(instant: float) -> str:
    """The date of a Unix time: ``23 November 2026``."""
    return format_date(_local(instant), "long", locale=locale())


def moment(instant: float) -> str:
    """The date and time of a Unix time, with its time zone: ``23 November 2026, 14:05 (CET)``."""
    local = _local(instant)
    return gettext(
        "{date}, {time} ({time_zone})",
        date=date(instant),
        time=format_time(local.timetz(), "short", locale=locale()),
        time_zone=_name_of_zone(local),
    )


def _name_of_zone(local: datetime) -> str:
    """``CET``; ``UTC+05:30`` where the language has no short name for it."""
    name = get_timezone_name(local, width="short", locale=locale())
    return name if name[:1].isalpha() else f"UTC{name[:3]}:{name[3:]}"


def date_element(instant: float) -> Markup:
    """``date`` as an element that also programs can read."""
    return Markup('<time datetime="{}">{}</time>').format(_local(instant).date().isoformat(), date(instant))


def time_element(instant: float) -> Markup:
    """``moment`` as an element; a script of the page can write it in the browser's time zone."""
    exact = datetime.fromtimestamp(instant, UTC).isoformat(timespec="seconds")
    return Markup('<time datetime="{}">{}</time>').format(exact, moment(instant))


def _local(instant: float) -> datetime:
    return datetime.fromtimestamp(instant, reader().time_zone)


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
