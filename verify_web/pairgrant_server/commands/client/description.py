"""A client's registration in plain words: who it is, what it may do, how long things live, what protects people from misuse."""

from collections.abc import Iterable
from datetime import UTC, datetime
from typing import Any

from pairgrant_protocol.visible_text import visible
from pairgrant_server.authorization_server.model.client_policy import ClientPolicy
from pairgrant_server.authorization_server.model.lifetimes import lifetimes_of
from pairgrant_server.authorization_server.model.records import Client
from pairgrant_server.authorization_server.model.scopes import OPENID
from pairgrant_server.authorization_server.model.settings import ServerSettings
from pairgrant_server.commands.client.fields import GRANTS
from pairgrant_server.commands.durations import in_words

_SETTINGS = {"device_authorizations_per_minute"} | {
    f"{what}_lifetime" for what in ("device_code", "access_token", "refresh_token", "connection")
}
_SHORT = {grant_type: name for name, grant_type in GRANTS.items()}


def kind_of(client: Client) -> str:
    return "public" if client.is_public else "confidential"


def grants_of(client: Client) -> list[str]:
    return sorted(_SHORT[grant_type] for grant_type in client.grant_types)


def in_short(field: str, value: Any) -> str:
    """One value of a registration, as a line of a plan tells it."""
    if field == "grant_types":
        return " ".join(sorted(_SHORT[grant_type] for grant_type in value)) or "none"
    if field == "assertion_issuers":
        return " ".join(known.issuer for known in value) or "none"
    if field == "jwks":
        return "none" if value is None else "keys of its own"
    if field.endswith("_lifetime") and value is not None:
        return in_words(value)
    match value:
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
    for title, lines in (
        ("What it may do", _may(client)),
        ("How long things live", _lives(client, settings)),
        ("What it must do", _must(client.policy)),
    ):
        told = list(lines)
        if told:
            yield title
            yield from (f"  {line}" for line in told)


def _who(client: Client) -> str:
    if client.jwks is not None:
        return "A confidential client: it signs with its own keys (private_key_jwt)."
    if client.secret_digest is not None:
        return "A confidential client: it shows a secret."
    return "A public client: it has no secret."


def _may(client: Client) -> Iterable[str]:
    policy = client.policy
    yield f"Grants: {', '.join(grants_of(client)) or 'none'}."
    yield f"Scopes: {' '.join(client.scope) or 'none'}."
    if policy.optional_scope:
        yield f"A person may leave out: {' '.join(policy.optional_scope)}."
    yield from _listed("A sign-in by browser may return to", client.redirect_uris)
    yield from _listed("A sign-out may return to", policy.post_logout_redirect_uris)
    yield from _listed("It may ask tokens for, beside this server's own APIs", policy.resources)
    yield from _listed("It is this API, and may introspect tokens for it", policy.serves)
    yield from _listed("It may exchange assertions of", [known.issuer for known in policy.assertion_issuers])
    if OPENID in client.scope:
        yield f"ID tokens are signed with {policy.id_token_algorithm}."


def _listed(what: str, values: Iterable[str]) -> Iterable[str]:
    listed = list(values)
    if listed:
        yield f"{what}: {', '.join(listed)}."


def _lives(client: Client, settings: ServerSettings) -> Iterable[str]:
    policy, lives = client.policy, lifetimes_of(client.policy, settings)
    names = set(grants_of(client))
    if "device_code" in names:
        yield f"A code: {_lifetime(lives.device_code, policy.device_code_lifetime)}."
    if names:
        yield f"An access token: {_lifetime(lives.access_token, policy.access_token_lifetime)}."
    if "refresh_token" in names:
        yield f"A refresh token, unused: {_lifetime(lives.refresh_token, policy.refresh_token_lifetime)}."
        yield f"A connection, however active: {_lifetime(lives.connection, policy.connection_lifetime)}."


def _lifetime(seconds: int, own: int | None) -> str:
    return in_words(seconds) + (" (the server's setting)" if own is None else "")


def _must(policy: ClientPolicy) -> Iterable[str]:
    if policy.requires_dpop:
        yield "Hold a key of its own: no token is good without it (DPoP)."
    if policy.enrolled_keys:
        yield f"Start a device with one of the enrolled keys: {', '.join(policy.enrolled_keys)}."
    if policy.requires_device_pkce:
        yield "Use PKCE on the device flow."
    if policy.requires_pushed_requests:
        yield "Push its authorization requests (PAR)."
    if policy.trusted_networks:
        yield f"Start a device from one of these networks: {', '.join(policy.trusted_networks)}."
    if policy.requires_same_network:
        yield "Be approved by a person on the device's own network."
    if policy.requires_return_pin:
        yield "Have three digits from the phone typed on the device after Approve."
    if policy.device_authorizations_per_minute is not None:
        yield f"Start at most {policy.device_authorizations_per_minute} device authorizations a minute."
