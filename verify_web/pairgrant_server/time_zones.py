"""Time zones by their names in the IANA database, such as ``Europe/Rome``."""

import re
from datetime import UTC, tzinfo
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from pairgrant_server.errors import PairgrantServerError

_NAME = re.compile(r"[A-Za-z][A-Za-z0-9_+/-]{0,63}", re.ASCII)


class UnknownTimeZoneError(PairgrantServerError, ValueError):
    """A text is no time zone of the IANA database."""


def time_zone_of(name: str) -> tzinfo:
    """The time zone of this name.

    Raises:
        UnknownTimeZoneError
    """
    if name == "UTC":
        return UTC
    try:
        if _NAME.fullmatch(name):
            return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        pass
    raise UnknownTimeZoneError("not a time zone of the IANA database: write one such as Europe/Rome, or UTC")
