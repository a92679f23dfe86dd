"""A client's registration as sentences: what it is, what it may do, its lifetimes and its requirements."""

from collections.abc import Iterable
from datetime import UTC, datetime
from typing import Any

from pairgrant_protocol.visible_text import visible
from pairgrant_protocol.vocabulary import GrantType
from pairgrant_server.authorization_server.model.client_policy import CHOICES, ClientPolicy
from pairgrant_server.authorization_server.model.lifetimes import (
    LONGEST_ADVISABLE_DEVICE_CODE,
    lifetimes_of,
)
from pairgrant_server.authorization_server.model.records import Client
from pairgrant_server.authorization_server.model.scopes import OPENID
from pairgrant_server.authorization_server.model.settings import ServerSettings
from pairgrant_server.commands.client.approval_description import approval_rules
from pairgrant_server.commands.client.fields import GRANTS
from pairgrant_server.commands.durations import in_words

_SETTINGS = {"device_authorizations_per_minute"} | {
    f"{what}_lifetime" for what in ("device_code", "access_token", "refresh_token", "connection")
}
_GRANTS_OF_DEVICES = {GrantType.DEVICE_CODE, GrantType.REFRESH_TOKEN}
_SHORT = {grant_type: name for name, grant_type in GRANTS.items()}


def kind_of(client: Client) -> str:
    return "public" if client.is_public else "confidential"


def grants_of(client: Client) -> list[str]:
    return sorted(_SHORT[grant_type] for grant_type in client.grant_types)


def in_short(field: str, value: Any) -> str:
    """One value of a registration, for a line of a plan."""
    if field == "grant_types":
        return " ".join(sorted(_SHORT[grant_type] for grant_type in value)) or "none"
    if field == "assertion_issuers":
        return " ".join(known.issuer for known in value) or "none"
    if field == "jwks":
        return "none" if value is None else "set"
    if field.endswith("_lifetime") and value is not None:
        return in_words(value)
    match value:
        case None if field in CHOICES:
            return "as the profile says"
        case None:
            return "the server's setting" if field in _SETTINGS else "none"
        case bool():
            return "yes" if value else "no"
        case tuple():
            return " ".join(value) or "none"
    return visible(str(value)) or "none"


def described(client: Client, settings: ServerSettings) -> Iterable[str]:
    """The lines of ``client show``."""
    added = datetime.fromtimestamp(client.created_at, UTC).isoformat(" ", "seconds")
    yield f"{client.client_id}: {client.name}"
    yield f"  {_who(client)} Added {added}."
    if client.registered_with is not None:
        token = (
            f"the token {visible(client.registered_with)}" if client.registered_with else "an unknown token"
        )
        yield f"  It registered itself with {token}; you have not checked it."
    for title, lines in (
        ("What it may do", _may(client)),
        ("Lifetimes", _lifetimes(client, settings)),
        ("What it must do", _must(client.policy)),
        ("How an approval is judged", approval_rules(client)),
        ("What a copied token is worth", [worth_of_a_copy(client, settings)] if client.grant_types else []),
    ):
        listed = list(lines)
        if listed:
            yield title
            yield from (f"  {line}" for line in listed)


def _who(client: Client) -> str:
    if client.jwks is not None:
        return "A confidential client: it authenticates with its own keys (private_key_jwt)."
    if client.secret_digest is not None:
        return "A confidential client: it authenticates with a secret."
    return "A public client: it has no secret."


def _may(client: Client) -> Iterable[str]:
    policy = client.policy
    yield f"Grants: {', '.join(grants_of(client)) or 'none'}."
    yield f"Scopes: {' '.join(client.scope) or 'none'}."
    if policy.optional_scope:
        yield f"Scopes that a person may decline: {' '.join(policy.optional_scope)}."
    yield from _listed("Redirect URIs after sign-in", client.redirect_uris)
    yield from _listed("Redirect URIs after sign-out", policy.post_logout_redirect_uris)
    yield from _listed("APIs that it may request tokens for, in addition to this server's", policy.resources)
    yield from _listed("APIs that it is, so that it may introspect their tokens", policy.serves)
    yield from _listed(
        "Issuers whose assertions it may exchange", [known.issuer for known in policy.assertion_issuers]
    )
    if policy.accepts_endpoint_audience:
        yield "Its assertions may name an endpoint of this server as aud, in place of the issuer."
    if policy.ignores_device_names:
        yield "What its devices call themselves is not shown."
    if OPENID in client.scope:
        yield f"ID tokens are signed with {policy.id_token_algorithm}."


def _listed(what: str, values: Iterable[str]) -> Iterable[str]:
    listed = list(values)
    if listed:
        yield f"{what}: {', '.join(listed)}."


def _lifetimes(client: Client, settings: ServerSettings) -> Iterable[str]:
    policy, lifetimes = client.policy, lifetimes_of(client.policy, settings)
    names = set(grants_of(client))
    if "device_code" in names:
        yield f"Device code: {_lifetime(lifetimes.device_code, policy.device_code_lifetime)}."
        if lifetimes.device_code > LONGEST_ADVISABLE_DEVICE_CODE:
            yield "Warning: a device code of more than ten minutes leaves an attacker time to pass it on."
    if names:
        yield f"Access token: {_lifetime(lifetimes.access_token, policy.access_token_lifetime)}."
    if "refresh_token" in names:
        yield f"Refresh token, unused: {_lifetime(lifetimes.refresh_token, policy.refresh_token_lifetime)}."
        yield f"Connection, even if in use: {_lifetime(lifetimes.connection, policy.connection_lifetime)}."


def _lifetime(seconds: int, own: int | None) -> str:
    return in_words(seconds) + (" (the server's setting)" if own is None else "")


def worth_of_a_copy(client: Client, settings: ServerSettings) -> str:
    """What a thief can do with a copy of this client's tokens, and what switches that off."""
    if client.policy.requires_dpop:
        return "Nothing without the key that it is bound to (DPoP)."
    is_enrolled = bool(client.policy.enrolled_keys) and GrantType.DEVICE_CODE in client.grant_types
    if is_enrolled and client.grant_types <= _GRANTS_OF_DEVICES:
        return "Nothing without the enrolled key that it is bound to (DPoP)."
    about = (
        "From the device flow nothing without the enrolled key that it is bound to (DPoP). From another "
        "grant, without a key"
        if is_enrolled
        else "Unless the client bound it to a key (DPoP)"
    )
    return (
        f"{about}, {_worth_of_an_unbound_copy(client, settings)}. "
        f"To require tokens bound to a key: client set {client.client_id} --dpop."
    )


def _worth_of_an_unbound_copy(client: Client, settings: ServerSettings) -> str:
    lifetimes = lifetimes_of(client.policy, settings)
    access = f"an access token works anywhere for up to {in_words(lifetimes.access_token)}"
    if GrantType.REFRESH_TOKEN not in client.grant_types:
        return access
    if not client.is_public:
        return f"{access}, and a refresh token only with the client's credentials"
    return (
        f"{access}, and a refresh token gets new ones for up to {in_words(lifetimes.connection)}, or until "
        "the use of both copies is noticed, which ends the connection"
    )


_MUST = {
    "requires_dpop": "Bind its tokens to a key (DPoP).",
    "requires_device_pkce": "Use PKCE in the device flow.",
    "requires_pushed_requests": "Push its authorization requests (PAR).",
    "requires_same_network": "Be approved from the device's own network.",
    "requires_return_pin": "Ask for three digits on the device, which the phone shows after approval.",
    "requires_known_device": "Start with a proof of an enrolled key, or of the key of a live connection.",
    "requires_device_label": "Send a label that was set up at the device; the person enters it at consent.",
}


def _must(policy: ClientPolicy) -> Iterable[str]:
    yield from (sentence for rule, sentence in _MUST.items() if getattr(policy, rule))
    if policy.enrolled_keys:
        yield f"Start the device flow with one of the enrolled keys: {', '.join(policy.enrolled_keys)}."
    if policy.trusted_networks:
        yield f"Start the device flow from one of these networks: {', '.join(policy.trusted_networks)}."
    if policy.device_authorizations_per_minute is not None:
        yield (
            f"Start at most {policy.device_authorizations_per_minute} device authorizations per minute"
            " from one network."
        )
