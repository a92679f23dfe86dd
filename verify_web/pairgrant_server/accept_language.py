"""Which of our languages a browser asks for by ``Accept-Language`` (RFC 9110 §12.5.4). Pure."""

import re
from collections.abc import Sequence

_MAX_LENGTH = 500
_RANGE = re.compile(
    r"\s*(?P<tag>\*|[A-Za-z]{1,8}(?:-[A-Za-z0-9]{1,8})*)"
    r"(?:\s*;\s*[qQ]=(?P<weight>0(?:\.[0-9]{0,3})?|1(?:\.0{0,3})?))?\s*",
    re.ASCII,
)


def accepted(header: str, available: Sequence[str]) -> str | None:
    """The best language of ``available``, whose first one stands for ``*``; None if none is asked for.

    Lookup by RFC 4647 §3.4: ``de-AT`` also finds ``de``. A range that is malformed is ignored, and so is a
    header of more than 500 characters.
    """
    if len(header) > _MAX_LENGTH:
        return None
    weights: dict[str, float] = {}
    for part in header.split(","):
        if (found := _RANGE.fullmatch(part)) is not None:
            weights.setdefault(found["tag"].lower(), float(found["weight"] or 1))
    offered = [language for language in available if weights.get(language.lower()) != 0]
    # The sort is stable: of equal weights, the range that stands first.
    for tag in sorted(weights, key=lambda tag: -weights[tag]):
        if weights[tag] and (language := _lookup(tag, offered)) is not None:
            return language
    return None


def _lookup(tag: str, offered: Sequence[str]) -> str | None:
    if tag == "*":
        return next(iter(offered), None)
    by_tag = {language.lower(): language for language in offered}
    while tag:
        if tag in by_tag:
            return by_tag[tag]
        tag = tag.rpartition("-")[0]
        if tag[-2:-1] == "-":
            tag = tag[:-2]  # a single letter introduces what was cut off before
    return None
