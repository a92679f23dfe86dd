"""Checks of a client's policy against its grants and scopes; each error says what to write."""

import re
from collections.abc import Iterable
from dataclasses import fields
from urllib.parse import urlsplit

from pairgrant_protocol.vocabulary import GrantType
from pairgrant_server.authorization_server.clients.error import ClientError
from pairgrant_server.authorization_server.keys.key_lifecycle import ALGORITHMS
from pairgrant_server.authorization_server.model.client_policy import CHOICES, ClientPolicy
from pairgrant_server.authorization_server.model.lifetimes import LONGEST_ACCESS_TOKEN
from pairgrant_server.authorization_server.model.records import Client
from pairgrant_server.authorization_server.risk.profile import Decision, rules_of

_YEAR = 365 * 86_400
_LIFETIMES = {
    "device_code_lifetime": (10, 1800),
    "access_token_lifetime": (10, LONGEST_ACCESS_TOKEN),
    "refresh_token_lifetime": (60, 10 * _YEAR),
    "connection_lifetime": (60, 10 * _YEAR),
    "weak_connection_lifetime": (60, 10 * _YEAR),
}
"""Seconds, least and most. Some clients treat a token with a minute left as expired."""

_NEEDS = {
    GrantType.DEVICE_CODE: (
        "device_code_lifetime",
        "requires_device_pkce",
        "trusted_networks",
        "requires_same_network",
        "enrolled_keys",
        "requires_return_pin",
        "device_authorizations_per_minute",
        "ignores_device_names",
        "profile",
        "number_match",
        "fresh_scan",
        "prefill",
        "strong_scope",
        "weak_connection_lifetime",
        "requires_device_label",
        "requires_known_device",
    ),
    GrantType.AUTHORIZATION_CODE: ("requires_pushed_requests",),
    GrantType.JWT_BEARER: ("assertion_issuers",),
    GrantType.REFRESH_TOKEN: ("refresh_token_lifetime",),
}
"""Rules that have no effect without a grant; they are refused, because their author relies on them."""

_THUMBPRINT = re.compile(r"[A-Za-z0-9_-]{43}")
_MAX_URI = 2048
_DEFAULTS = {rule.name: rule.default for rule in fields(ClientPolicy)}


def check_policy(client: Client) -> None:
    """Return if the policy is valid for this client.

    Raises:
        ClientError
    """
    policy = client.policy
    _check_scope(client)
    _check_lifetimes(policy)
    _check_needs(client)
    _check_profile(policy)
    _check_resources("resources", policy.resources)
    _check_resources("serves", policy.serves)
    if policy.id_token_algorithm not in ALGORITHMS:
        raise ClientError(
            f"ID tokens are signed with {' or '.join(ALGORITHMS)}, not {policy.id_token_algorithm!r}.",
            "id_token_algorithm",
        )
    for thumbprint in policy.enrolled_keys:
        if not _THUMBPRINT.fullmatch(thumbprint):
            raise ClientError(
                f"{thumbprint!r} is not a JWK thumbprint: 43 base64url characters (RFC 7638, SHA-256).",
                "enrolled_keys",
            )
    _check_issuers(client)
    if policy.accepts_endpoint_audience and client.jwks is None and not policy.assertion_issuers:
        raise ClientError(
            "The rule has no effect without keys of the client or issuers of assertions; add those, or leave "
            "the rule out.",
            "accepts_endpoint_audience",
        )
    rate = policy.device_authorizations_per_minute
    if rate is not None and rate < 1:
        raise ClientError(
            "At least one device authorization a minute, or leave the rule out.",
            "device_authorizations_per_minute",
        )


def _check_scope(client: Client) -> None:
    for field, kind in (("optional_scope", "be optional"), ("strong_scope", "need strong evidence")):
        unknown = [value for value in getattr(client.policy, field) if value not in client.scope]
        if unknown:
            raise ClientError(
                f"Only a scope of the client can {kind}, and {' '.join(unknown)} is not one of its scopes.",
                field,
            )


def _check_lifetimes(policy: ClientPolicy) -> None:
    for name, (least, most) in _LIFETIMES.items():
        seconds = getattr(policy, name)
        if seconds is not None and not least <= seconds <= most:
            raise ClientError(f"Use {least} to {most} seconds, not {seconds}.", name)
    longest = policy.connection_lifetime
    for name in ("refresh_token_lifetime", "access_token_lifetime", "weak_connection_lifetime"):
        seconds = getattr(policy, name)
        if longest is not None and seconds is not None and seconds > longest:
            raise ClientError(f"It is longer than the connection lifetime, which is {longest} seconds.", name)


def _check_profile(policy: ClientPolicy) -> None:
    for name, choices in CHOICES.items():
        value = getattr(policy, name)
        if value is not None and value not in choices:
            raise ClientError(f"{value!r} is none of: {', '.join(choices)}.", name)
    rules = rules_of(policy)
    has_proof = policy.requires_return_pin or {rules.number_match, rules.fresh_scan} != {"off"}
    if rules.without_proof is Decision.REFUSE and not has_proof:
        raise ClientError(
            f"The profile {policy.profile} refuses every approval without digits or a fresh scan; leave one "
            "of the two on.",
            "number_match",
        )


def _check_needs(client: Client) -> None:
    for grant_type, names in _NEEDS.items():
        if grant_type in client.grant_types:
            continue
        for name in names:
            if getattr(client.policy, name) != _DEFAULTS[name]:
                raise ClientError(
                    f"The rule has no effect without the grant {grant_type.rpartition(':')[2]}; add that, or "
                    "leave the rule out.",
                    name,
                )


def effective_rules(names: Iterable[str], grant_types: frozenset[GrantType]) -> list[str]:
    """Those of the rules ``names`` that have an effect on a client with ``grant_types``."""
    needless = {
        name for grant_type, needing in _NEEDS.items() if grant_type not in grant_types for name in needing
    }
    return [name for name in names if name not in needless]


def _check_resources(field: str, resources: Iterable[str]) -> None:
    for resource in resources:
        if not _is_resource(resource):
            raise ClientError(
                f"{resource!r} is not a resource: write an absolute URI without a fragment, like "
                "https://api.example/v1 or urn:example:api (RFC 8707 §2).",
                field,
            )


def _is_resource(resource: str) -> bool:
    try:
        parts = urlsplit(resource)
        usable = parts.port is None or parts.port > 0
    except ValueError:
        return False
    if not usable or "#" in resource or len(resource) > _MAX_URI or "\\" in resource:
        return False
    if not all("!" <= character <= "~" for character in resource):
        return False
    if parts.scheme == "urn":
        return bool(re.fullmatch(r"(?i)urn:[a-z0-9][a-z0-9-]{1,31}:\S+", resource))
    return parts.scheme in {"http", "https"} and bool(parts.hostname) and "@" not in parts.netloc


def _check_issuers(client: Client) -> None:
    names = [known.issuer for known in client.policy.assertion_issuers]
    if len(set(names)) < len(names):
        raise ClientError("An issuer of assertions is named twice.", "assertion_issuers")
    for name in names:
        if not name or len(name) > _MAX_URI or not all("!" <= character <= "~" for character in name):
            raise ClientError(
                f"{name!r} is not an issuer; write the iss of its tokens, like https://idp.example.",
                "assertion_issuers",
            )
    if GrantType.JWT_BEARER in client.grant_types and not names:
        raise ClientError(
            "The jwt-bearer grant needs a trusted issuer with its public keys.",
            "assertion_issuers",
        )
