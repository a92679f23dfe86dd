"""What a client that registers itself has to obey (RFC 7591 §5). Pure."""

from collections.abc import Collection, Iterable
from dataclasses import replace
from typing import Any

from pairgrant_protocol.vocabulary import GrantType
from pairgrant_server.authorization_server.clients.error import ClientError
from pairgrant_server.authorization_server.clients.policy_validation import effective_rules
from pairgrant_server.authorization_server.clients.validation import checked
from pairgrant_server.authorization_server.model.client_policy import CHOICES, ClientPolicy
from pairgrant_server.authorization_server.model.records import Client
from pairgrant_server.authorization_server.risk.profile import PROFILES, rules_of

FLAGS = (
    "requires_dpop",
    "requires_device_pkce",
    "requires_pushed_requests",
    "requires_same_network",
    "requires_return_pin",
    "requires_device_label",
    "requires_known_device",
)
LIFETIMES = (
    "device_code_lifetime",
    "access_token_lifetime",
    "refresh_token_lifetime",
    "connection_lifetime",
    "weak_connection_lifetime",
)
_WORDS = ("number_match", "fresh_scan", "prefill")
FLOOR_RULES = (*FLAGS, *LIFETIMES, "trusted_networks", "strong_scope", "profile", *_WORDS)
"""The rules that an initial access token can carry."""

_PROFILES = {"open": 0, "standard": 1, "strict": 2, "managed": 2}
"""The last two are stricter in different ways, so the floor's takes the place of the other."""


def checked_floor(
    policy: ClientPolicy, grant_types: frozenset[GrantType], scope: tuple[str, ...]
) -> ClientPolicy:
    """``policy`` as it is stored.

    Raises:
        ClientError: a rule is invalid, has no effect with ``grant_types`` and ``scope``, or would loosen the
            profile.
    """
    if _PROFILES[policy.profile] < _PROFILES[ClientPolicy().profile]:
        raise ClientError(
            f"A client that registers itself is at least {ClientPolicy().profile}, because you have not "
            "checked it.",
            "profile",
        )
    for name in _WORDS:
        least, own = getattr(PROFILES[policy.profile], name), getattr(rules_of(policy), name)
        if _stricter(name, own, least) != own:
            raise ClientError(
                f"A registration makes rules stricter, never looser, and the profile {policy.profile} says "
                f"{least}; choose that or a stricter one.",
                name,
            )
    # The grant needs an issuer, which no registration can name.
    kept = (grant_types - {GrantType.JWT_BEARER}) or {GrantType.CLIENT_CREDENTIALS}
    uris = ("https://client.example/",)
    client = Client("any", "Any", frozenset(kept), scope, 0.0, uris, secret_digest=b"", policy=policy)
    return checked(client).policy


def tightened(
    asked: ClientPolicy, floor: ClientPolicy, grant_types: Iterable[GrantType], scope: Collection[str]
) -> ClientPolicy:
    """The policy of a client that asked for ``asked``: of each rule the stricter one.

    A rule of the floor that has no effect with the client's grants and scope is left out.
    """
    changes: dict[str, Any] = {}
    for name in effective_rules(FLOOR_RULES, frozenset(grant_types)):
        least, own = getattr(floor, name), getattr(asked, name)
        if name == "profile":
            changes[name] = own if _PROFILES[own] > _PROFILES[least] else least
        elif name in _WORDS:
            changes[name] = least if own is None else _stricter(name, own, getattr(rules_of(floor), name))
        elif name == "strong_scope":
            changes[name] = tuple(one for one in dict.fromkeys((*own, *least)) if one in scope)
        elif name in FLAGS:
            changes[name] = least or own
        elif name in LIFETIMES:
            changes[name] = min((one for one in (least, own) if one is not None), default=None)
        else:
            changes[name] = least or own
    return replace(asked, **changes)


def _stricter(rule: str, one: str, other: str) -> str:
    return max(one, other, key=CHOICES[rule].index)
