"""Security events: one vocabulary for what an operator watches for, each written as one line of the log.

A line names the network, client, account and grant that it is about. It never has a secret: no code, token,
password, cookie or key. docs/security.md, "Events", explains each name.
"""

from collections.abc import Iterable
from enum import StrEnum

import structlog

from pairgrant_protocol.visible_text import visible

log = structlog.get_logger()

_LONGEST_NAME = 64


class SecurityEvent(StrEnum):
    SIGN_IN_SUCCEEDED = "sign_in.succeeded"
    SIGN_IN_FAILED = "sign_in.failed"
    CODE_UNKNOWN = "code.unknown"
    LIMIT_REACHED = "limit.reached"
    CLIENT_AUTHENTICATION_FAILED = "client.authentication_failed"
    GRANT_DECIDED = "grant.decided"
    APPROVAL_REFUSED = "approval.refused"
    POLICY_OVERRIDDEN = "policy.overridden"
    TOKEN_REPLAYED = "token.replayed"
    FAMILY_ENDED = "family.ended"
    NETWORK_UNKNOWN = "network.unknown"


_ORDINARY = frozenset(
    {SecurityEvent.SIGN_IN_SUCCEEDED, SecurityEvent.GRANT_DECIDED, SecurityEvent.APPROVAL_REFUSED}
)
"""Events of every day, logged as information; all others are warnings."""


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
) -> None:
    """Write ``event`` with the facts that are known.

    ``network`` is the caller's, ``address`` the device's. ``username`` is that of an account,
    never what was typed for one that does not exist.
    """
    facts = {
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
    }
    write = log.info if event in _ORDINARY else log.warning
    write(event.value, **{name: fact for name, fact in facts.items() if fact is not None})
