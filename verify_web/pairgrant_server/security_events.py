"""Security events: one vocabulary for what an operator watches for, each written as one line of the log.

A line names the network, client, account and grant that it is about. It never has a secret: no code, token,
password, cookie or key. docs/security.md, "Events", explains each name. Events that a stranger can cause at
any rate are counted where they are many (``event_flood.py``).
"""

import time
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

import structlog

from pairgrant_protocol.visible_text import visible
from pairgrant_server.event_flood import EventFlood

log = structlog.get_logger()
flood = EventFlood(time.monotonic)
"""Of this process."""

_LONGEST_NAME = 64


def unknown_place(network: str) -> object | None:  # noqa: ARG001
    return None


@dataclass(slots=True)
class KnownPlaces:
    """Where networks are, as lines name it: ``of`` gives a place whose text is for people, or None."""

    of: Callable[[str], object | None] = unknown_place


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


def emit(
    event: SecurityEvent,
    *,
    network: str | None = None,
    client_id: str | None = None,
    username: str | None = None,
    user_id: str | None = None,
    grant_id: bytes | None = None,
    device_id: str | None = None,
    address: str | None = None,
    peer: str | None = None,
    status: str | None = None,
    grant_type: str | None = None,
    limit: str | None = None,
    violations: Iterable[str] | None = None,
    upstream: str | None = None,
    reason: str | None = None,
    reasons: Iterable[str] | None = None,
) -> None:
    """Write ``event`` with the facts that are known; of many alike, the first and a count each minute.

    ``network`` is the caller's, ``address`` the device's. ``username`` is that of an account,
    never what was typed for one that does not exist.
    """
    named = {
        "network": network,
        "client_id": None if client_id is None else visible(client_id, limit=_LONGEST_NAME),
        "username": None if username is None else visible(username, limit=_LONGEST_NAME),
        "user_id": user_id,
        "grant_id": None if grant_id is None else grant_id.hex(),
        "device_id": device_id,
        "address": address,
        "peer": peer,
        "status": status,
        "grant_type": grant_type,
        "limit": limit,
        "violations": None if violations is None else list(violations),
        "upstream": upstream,
        "reason": reason,
        "reasons": None if reasons is None else [str(one) for one in reasons],
    }
    facts: Mapping[str, Any] | None = {name: fact for name, fact in named.items() if fact is not None}
    if event in COUNTED:
        facts = flood.admit(event, facts or {})
    if facts is not None:
        write = log.info if event in _ORDINARY else log.warning
        write(event.value, **facts, **_places(facts))


def write_counts(*, at_end: bool = False) -> None:
    """Write the counts that are due; ``at_end`` of the process, all of them."""
    for event, facts in flood.due(at_end=at_end):
        log.warning(str(event), **facts, **_places(facts))


def _places(facts: Mapping[str, Any]) -> Mapping[str, str]:
    """``place`` of the caller and ``device_place``, where the operator's files know them."""
    found = {
        "place": known_places.of(facts.get("network") or ""),
        "device_place": known_places.of(facts.get("address") or ""),
    }
    return {name: str(place) for name, place in found.items() if place is not None}
