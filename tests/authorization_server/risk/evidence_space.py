"""Every combination of evidence, and which of two is more."""

from collections.abc import Iterator
from dataclasses import fields, replace
from itertools import product
from typing import Any

from pairgrant_server.authorization_server.risk.evidence import (
    CameFrom,
    Entry,
    Evidence,
    Network,
    Number,
    Scan,
)
from pairgrant_server.authorization_server.risk.profile import Decision

WITHOUT_INFLUENCE = frozenset({"known_device_name", "earlier_approvals"})
VALUES: dict[str, tuple[Any, ...]] = {
    "number": tuple(Number),
    "scan": tuple(Scan),
    "network": tuple(Network),
    "entry": tuple(Entry),
    "came_from": tuple(CameFrom),
    "known_key": (False, True),
    "enrolled": (False, True),
    "started_on_trusted_network": (False, True),
    "seen_by_others": (False, True),
    "reports": (0, 1),
    "hosting_network": (False, True),
}
"""Field -> its values, of a person's approval."""

assert VALUES.keys() | WITHOUT_INFLUENCE | {"operator"} == {one.name for one in fields(Evidence)}

MORE: tuple[tuple[str, Any, Any], ...] = (
    ("number", Number.NOT_POSSIBLE, Number.RETURN_PIN),
    ("number", Number.RETURN_PIN, Number.MATCHED),
    ("number", Number.POSSIBLE, Number.MATCHED),
    ("scan", Scan.NOT_POSSIBLE, Scan.FRESH),
    ("scan", Scan.STALE, Scan.FRESH),
    ("network", Network.UNKNOWN, Network.OTHER),
    ("network", Network.OTHER, Network.OPERATOR),
    ("network", Network.OPERATOR, Network.SAME),
    ("entry", Entry.PREFILLED, Entry.TYPED),
    ("came_from", CameFrom.CROSS_SITE, CameFrom.UNKNOWN),
    ("came_from", CameFrom.UNKNOWN, CameFrom.DIRECT),
    ("known_key", False, True),
    ("enrolled", False, True),
    ("started_on_trusted_network", False, True),
    ("seen_by_others", True, False),
    ("reports", 1, 0),
    ("hosting_network", True, False),
)
"""Field, a value, and one that speaks more for an honest device."""

STRICTNESS = {
    Decision.ALLOW: 0,
    Decision.HOLD: 1,
    Decision.ASK_CODE: 2,
    Decision.ASK_NUMBER: 2,
    Decision.REFUSE: 3,
}
"""Asking is stricter than a hold, which approves."""


def every_evidence() -> Iterator[Evidence]:
    """Without reports, which count as codes that others saw; generated evidence has them."""
    exhaustive = VALUES | {"reports": (0,)}
    for values in product(*exhaustive.values()):
        yield Evidence(**dict(zip(exhaustive, values, strict=True)))


def steps_up(evidence: Evidence) -> Iterator[Evidence]:
    """The evidences that are more than ``evidence`` in one field."""
    for field, less, more in MORE:
        if getattr(evidence, field) == less:
            yield replace(evidence, **{field: more})
