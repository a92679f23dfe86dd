"""Checks of a client's registration: the same for commands, files and dynamic registration. Pure."""

import json
import re
from dataclasses import replace

from pairgrant_protocol.vocabulary import GrantType
from pairgrant_server.authorization_server.clients.error import ClientError
from pairgrant_server.authorization_server.clients.policy_validation import check_policy
from pairgrant_server.authorization_server.clients.redirect_uris import RedirectURIError, check_redirect_uri
from pairgrant_server.authorization_server.jose.public_keys import PublicKeysError, public_keys
from pairgrant_server.authorization_server.model.addresses import parsed_network
from pairgrant_server.authorization_server.model.client_policy import ClientPolicy
from pairgrant_server.authorization_server.model.records import Client

_CLIENT_ID = re.compile(r"[!-$&-*,-9;-~]{1,100}")
"""VSCHAR (RFC 6749 §A.1) without those that are special in a Basic header: colon, ``%`` and ``+``."""

SCOPE_TOKEN = re.compile(r"[!#-\[\]-~]{1,100}")  # RFC 6749 §3.3
_MAX_NAME = 80
_MAX_URIS = 100


def checked(client: Client) -> Client:
    """``client`` in the form in which it is stored.

    Raises:
        ClientError: a field is malformed, contradicts another, or would have no effect.
    """
    client = replace(client, name=" ".join(client.name.split()), policy=_normalized(client.policy))
    if client.jwks is not None:
        client = replace(client, jwks=public_jwks(client.jwks, "jwks"))
    _check_names(client)
    _check_uris("redirect_uris", client.redirect_uris)
    _check_uris("post_logout_redirect_uris", client.policy.post_logout_redirect_uris)
    _check_grants(client)
    check_policy(client)
    return client


def public_jwks(text: str, field: str) -> str:
    """A JWK Set as it is stored.

    Raises:
        ClientError
    """
    try:
        return public_keys(json.loads(text))
    except PublicKeysError as error:
        raise ClientError(f"The keys can't be used: {error}.", field) from None
    except (ValueError, RecursionError):
        raise ClientError(
            'The keys are not a JWK Set; write JSON like {"keys": [{"kty": …}]}.', field
        ) from None


def _normalized(policy: ClientPolicy) -> ClientPolicy:
    networks = []
    for network in policy.trusted_networks:
        try:
            networks.append(str(parsed_network(network)))
        except ValueError:
            raise ClientError(_no_network(network), "trusted_networks") from None
    issuers = tuple(
        replace(issuer, jwks=public_jwks(issuer.jwks, "assertion_issuers"))
        for issuer in sorted(policy.assertion_issuers, key=lambda issuer: issuer.issuer)
    )
    return replace(policy, trusted_networks=tuple(networks), assertion_issuers=issuers)


def _no_network(text: str) -> str:
    try:
        meant = str(parsed_network(text, strict=False))
    except ValueError:
        meant = "192.0.2.0/24 or 2001:db8::/32"
    return f"{text!r} is not a network; write it like {meant}."


def _check_names(client: Client) -> None:
    if not _CLIENT_ID.fullmatch(client.client_id):
        raise ClientError(
            "A client ID has 1 to 100 printable ASCII characters without space, colon, % and +.",
            "client_id",
        )
    if not client.name or len(client.name) > _MAX_NAME or not client.name.isprintable():
        raise ClientError(
            f"A client's name has 1 to {_MAX_NAME} printable characters; people see it at consent.", "name"
        )
    for value in client.scope:
        if not SCOPE_TOKEN.fullmatch(value):
            raise ClientError(f"{value!r} is not a scope (RFC 6749 §3.3).", "scope")


def _check_uris(field: str, uris: tuple[str, ...]) -> None:
    if len(uris) > _MAX_URIS:
        raise ClientError(f"More than {_MAX_URIS} URIs are too many.", field)
    for uri in uris:
        try:
            check_redirect_uri(uri)
        except RedirectURIError as error:
            raise ClientError(f"{uri!r} is not a redirect URI: {error}.", field) from None


def _check_grants(client: Client) -> None:
    grants = client.grant_types
    if not grants and not client.policy.serves:
        raise ClientError("Name at least one grant type, or what the client serves.", "grant_types")
    if client.secret_digest is not None and client.jwks is not None:
        raise ClientError("A client shows a secret or signs with keys, not both.", "jwks")
    if GrantType.CLIENT_CREDENTIALS in grants and client.is_public:
        raise ClientError(
            "The client_credentials grant is for clients that can authenticate: give it a secret or keys "
            "(RFC 6749 §4.4).",
            "grant_types",
        )
    if GrantType.AUTHORIZATION_CODE in grants and not client.redirect_uris:
        raise ClientError("The authorization_code grant needs a redirect URI.", "redirect_uris")
