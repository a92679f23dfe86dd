"""What a record of a GeoIP2, GeoLite2 or compatible database says of an address. Pure.

The members are those of https://dev.maxmind.com/geoip/docs/databases, as far as they are used here; odd
values of them say nothing.
"""

from collections.abc import Iterator, Mapping, Sequence

from pairgrant_protocol.visible_text import visible
from pairgrant_server.authorization_server.places.hosting_networks import HOSTING_NETWORKS
from pairgrant_server.authorization_server.places.places import Place

Record = Mapping[str, object]

_LONGEST = 60
_OPERATOR = ("isp", "autonomous_system_organization", "organization", "as_name")
_NUMBER = ("autonomous_system_number", "asn")


def place_of(records: Sequence[Record]) -> Place | None:
    """The first record that knows the city, the country or the operator is believed; None: none knows any."""
    city = _first(_name(record.get("city")) for record in records)
    country = _first(_name(record.get("country")) for record in records)
    operator = _first(_name(part.get(name)) for part in _parts(records) for name in _OPERATOR)
    return Place(city, country, operator) if city or country or operator else None


def is_hosting(records: Sequence[Record]) -> bool:
    """Whether one record says so, or its autonomous system is of a hosting provider."""
    return any(
        part.get("is_hosting_provider") is True
        or part.get("user_type") == "hosting"
        or any(_number(part.get(name)) in HOSTING_NETWORKS for name in _NUMBER)
        for part in _parts(records)
    )


def _parts(records: Sequence[Record]) -> Iterator[Record]:
    """The records and their ``traits``, where some products have the members of others."""
    for record in records:
        yield record
        traits = record.get("traits")
        if isinstance(traits, Mapping):
            yield traits


def _first(texts: Iterator[str]) -> str:
    return next(filter(None, texts), "")


def _name(value: object) -> str:
    """A text, or the English one of ``names``; "" for anything else."""
    names = value.get("names") if isinstance(value, Mapping) else None
    text = names.get("en") if isinstance(names, Mapping) else value
    return visible(text.strip(), limit=_LONGEST) if isinstance(text, str) else ""


def _number(value: object) -> int | None:
    """The number of an autonomous system, also as the text "AS64500"."""
    if isinstance(value, str) and value.removeprefix("AS").isdecimal():
        return int(value.removeprefix("AS")[:12])
    return value if isinstance(value, int) else None
