"""Security events: one vocabulary for what an operator watches for, each written as one line of the log.

A line names the network, client, account and grant that it is about. It never has a secret: no code, token,
password, cookie or key. docs/security.md, "Events", explains each name. Events that a stranger can cause at
any rate are counted where they are many (``event_flood.py``).
"""

import time
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from functools import lru_cache
from typing import Any, TypedDict, Unpack

import structlog

from pairgrant_protocol.visible_text import visible
from pairgrant_server.event_flood import EventFlood

log = structlog.get_logger()
flood = EventFlood(time.monotonic)
"""Of this process."""

_LONGEST_NAME = 64


@dataclass(slots=True)
class KnownPlaces:
    """Where networks are, as lines name it."""

    of: Callable[[str], object | None] | None = None
    """Gives a place whose text is for people, or None; itself None without files of places."""


known_places = KnownPlaces()
"""Of this process."""


class SecurityEvent(StrEnum):
    SIGN_IN_SUCCEEDED = "sign_in.succeeded"
    SIGN_IN_FAILED = "sign_in.failed"
    CODE_UNKNOWN = "code.unknown"
    LIMIT_REACHED = "limit.reached"
    CLIENT_AUTHENTICATION_FAILED = "client.authentication_failed"
    START_REFUSED = "start.refused"
    GRANT_DECIDED = "grant.decided"
    GRANT_CANCELLED = "grant.cancelled"
    APPROVAL_REFUSED = "approval.refused"
    POLICY_OVERRIDDEN = "policy.overridden"
    TOKEN_REPLAYED = "token.replayed"
    FAMILY_ENDED = "family.ended"
    NETWORK_UNKNOWN = "network.unknown"
    CODE_SEEN_BY_OTHERS = "code.seen_by_others"
    CODE_REUSED = "code.reused"
    LINK_CROSS_SITE = "link.cross_site"
    NUMBER_WRONG = "number.wrong"
    APPROVAL_HELD = "approval.held"
    APPROVAL_UNDONE = "approval.undone"
    CONFIRMATION_REFUSED = "confirmation.refused"
    CONFIRMATION_MISSED = "confirmation.missed"
    PAIRING_REPORTED = "pairing.reported"
    SENDER_THROTTLED = "sender.throttled"


_ORDINARY = frozenset(
    {
        SecurityEvent.SIGN_IN_SUCCEEDED,
        SecurityEvent.GRANT_DECIDED,
        SecurityEvent.GRANT_CANCELLED,
        SecurityEvent.APPROVAL_REFUSED,
        SecurityEvent.APPROVAL_HELD,
        SecurityEvent.CONFIRMATION_MISSED,
    }
)
"""Events of every day, logged as information; all others are warnings."""

COUNTED = frozenset(
    {
        SecurityEvent.SIGN_IN_FAILED,
        SecurityEvent.CODE_UNKNOWN,
        SecurityEvent.LIMIT_REACHED,
        SecurityEvent.CLIENT_AUTHENTICATION_FAILED,
        SecurityEvent.START_REFUSED,
        SecurityEvent.NETWORK_UNKNOWN,
        SecurityEvent.CODE_SEEN_BY_OTHERS,
        SecurityEvent.CODE_REUSED,
        SecurityEvent.LINK_CROSS_SITE,
        SecurityEvent.SENDER_THROTTLED,
    }
)
"""Events that anyone can cause at any rate.

All others need an account, an operator or a token; ``PAIRING_REPORTED`` and ``GRANT_CANCELLED`` need a new
code each time.
"""


class Facts(TypedDict, total=False):
    """What is known about an event; None is the same as nothing."""

    network: str | None
    """The caller's."""
    address: str | None
    """The device's."""
    client_id: str | None
    username: str | None
    """That of an account, never what was typed for one that does not exist."""
    user_id: str | None
    grant_id: bytes | None
    device_id: str | None
    peer: str | None
    status: str | None
    grant_type: str | None
    limit: str | None
    violations: Iterable[str] | None
    upstream: str | None
    reason: str | None
    reasons: Iterable[str] | None


def _name(text: str) -> str:
    return _shown_name(text[: _LONGEST_NAME + 1])  # a caller may have sent a long one, which is not kept


@lru_cache(1024)
def _shown_name(text: str) -> str:
    return visible(text, limit=_LONGEST_NAME)


def _texts(texts: Iterable[str]) -> list[str]:
    return [str(text) for text in texts]


_FORMS: Mapping[str, Callable[[Any], object]] = {
    "client_id": _name,
    "username": _name,
    "grant_id": bytes.hex,
    "violations": _texts,
    "reasons": _texts,
}
"""How a line has a fact; others stand in it as they are."""

_PLACES = (("place", "network"), ("device_place", "address"))


def emit(event: SecurityEvent, **facts: Unpack[Facts]) -> None:
    """Write ``event`` with the facts that are known; of many alike, the first and a count each minute."""
    known: dict[str, Any] = {
        name: form(fact) if (form := _FORMS.get(name)) else fact
        for name, fact in facts.items()
        if fact is not None
    }
    admitted = flood.admit(event, known) if event in COUNTED else known
    if admitted is not None:
        write = log.info if event in _ORDINARY else log.warning
        write(str(event), **_with_places(admitted))


def write_counts(*, at_end: bool = False) -> None:
    """Write the counts that are due; ``at_end`` of the process, all of them."""
    for event, facts in flood.due(at_end=at_end):
        log.warning(str(event), **_with_places(facts))


def _with_places(facts: Mapping[str, Any]) -> Mapping[str, Any]:
    """``place`` of the caller and ``device_place`` too, where the operator's files know them."""
    of = known_places.of
    if of is None:
        return facts
    found = {name: of(facts[source]) for name, source in _PLACES if facts.get(source)}
    return {**facts, **{name: str(place) for name, place in found.items() if place is not None}}
