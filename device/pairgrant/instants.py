"""Instants as a person reads them: the local time of day, with the date where it is needed; pure."""

from datetime import datetime

from pairgrant.translation import Translatable, gettext, translated

_MONTHS = (
    Translatable("January"),
    Translatable("February"),
    Translatable("March"),
    Translatable("April"),
    Translatable("May"),
    Translatable("June"),
    Translatable("July"),
    Translatable("August"),
    Translatable("September"),
    Translatable("October"),
    Translatable("November"),
    Translatable("December"),
)
_DAY = 86_400


def instant(at: float, wall: float) -> str:
    """The local time of ``at``, with the date where it is more than a day before ``wall``."""
    moment = datetime.fromtimestamp(at).astimezone()
    time = f"{moment:%H:%M}"
    if is_recent(at, wall):
        return time
    month = translated(_MONTHS[moment.month - 1])
    # Translators: a date without its year, and a time of day
    return gettext("{day} {month}, {time}", day=moment.day, month=month, time=time)


def is_recent(at: float, wall: float) -> bool:
    """Whether the time of day tells which day is meant."""
    return abs(wall - at) < _DAY
