"""The language and time zone that an account prefers go before those of the browser and the operator."""

from pairgrant_server.authorization_server.model.records import User
from pairgrant_server.time_zones import UnknownTimeZoneError, time_zone_of
from pairgrant_server.translation import languages, reader


def write_for_account(user: User | None) -> None:
    """Write the rest of the response as ``user`` prefers it; an unknown value changes nothing."""
    if user is None:
        return
    if user.language in languages():
        reader().language = user.language
    if user.time_zone is not None:
        try:
            reader().time_zone = time_zone_of(user.time_zone)
        except UnknownTimeZoneError:  # it was removed from the database of time zones
            return
