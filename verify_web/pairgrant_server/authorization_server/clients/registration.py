"""Dynamic client registration with an initial access token (RFC 7591)."""

import json
from collections.abc import Collection
from typing import Any

import structlog

from pairgrant_protocol.base64url import base64url
from pairgrant_protocol.secret import Secret
from pairgrant_protocol.visible_text import visible
from pairgrant_protocol.vocabulary import ErrorCode, GrantType
from pairgrant_server.authorization_server.clients.clients import ClientError, Clients
from pairgrant_server.authorization_server.clients.initial_access_tokens import InitialAccessTokens
from pairgrant_server.authorization_server.clients.metadata import (
    ClientMetadata,
    ClientMetadataError,
    response_types,
)
from pairgrant_server.authorization_server.clients.registration_floor import tightened
from pairgrant_server.authorization_server.clients.similar_names import looks_like, mixes_scripts
from pairgrant_server.authorization_server.clients.validation import checked
from pairgrant_server.authorization_server.clock import Clock
from pairgrant_server.authorization_server.model.claimed_name import claimed_name
from pairgrant_server.authorization_server.model.records import Client, InitialAccessToken
from pairgrant_server.authorization_server.secrets.identifiers import SECRET_BYTES, RandomBytes, new_id
from pairgrant_server.errors import PairgrantServerError

log = structlog.get_logger()


class InitialAccessTokenError(PairgrantServerError):
    """The initial access token is unknown, expired or used up."""


class ClientRegistration:
    def __init__(
        self,
        clients: Clients,
        tokens: InitialAccessTokens,
        offered: Collection[GrantType],
        clock: Clock,
        random_bytes: RandomBytes,
    ) -> None:
        """``offered`` are the grant types of this server."""
        self._clients = clients
        self._tokens = tokens
        self._offered = frozenset(offered)
        self._clock = clock
        self._random_bytes = random_bytes

    async def allowed(self, token: Secret) -> InitialAccessToken:
        """What the bearer of ``token`` may register.

        Raises:
            InitialAccessTokenError
        """
        allowed = await self._tokens.find(token)
        if allowed is None:
            raise InitialAccessTokenError
        return allowed

    async def register(self, metadata: ClientMetadata, allowed: InitialAccessToken) -> dict[str, Any]:
        """Register a client; the members of the response (§3.2.1). A refused registration uses nothing up.

        Raises:
            InitialAccessTokenError: no registration is left.
            ClientMetadataError
        """
        now = self._clock()
        client_id = new_id(now, self._random_bytes).hex()
        secret = Secret(base64url(self._random_bytes(SECRET_BYTES))) if metadata.has_secret else None
        scope = _allowed_scope(metadata, allowed, self._offered)
        shown = claimed_name(metadata.name or "")
        client = Client(
            client_id=client_id,
            name=shown or client_id,
            grant_types=frozenset(metadata.grant_types),
            scope=scope,
            created_at=now,
            redirect_uris=metadata.redirect_uris,
            secret_digest=None if secret is None else self._clients.secret_digest(client_id, secret),
            jwks=metadata.jwks,
            policy=tightened(metadata.policy, allowed.policy, metadata.grant_types, scope),
            registered_with=allowed.name,
        )
        if metadata.name:
            await self._check_names(metadata.name, shown)
        try:
            client = checked(client)
        except ClientError as error:
            raise _refusal(error) from None
        if not await self._tokens.use(allowed):
            raise InitialAccessTokenError
        await self._clients.register(client)
        log.info("client registered itself", client_id=client_id, initial_access_token=visible(allowed.name))
        return _response_members(client, metadata, secret)

    async def _check_names(self, name: str, shown: str | None) -> None:
        """Check the ``name`` that a client asked for, of which people read ``shown``.

        Raises:
            ClientMetadataError
        """
        if shown is None:
            raise ClientMetadataError(
                "client_name has nothing that people may read: addresses and phone numbers are left out"
            )
        if mixes_scripts(name):
            raise ClientMetadataError("client_name mixes letters of several scripts; use one script")
        taken = await self._names_of_the_operator()
        if looks_like(name, taken) or looks_like(shown, taken):
            raise ClientMetadataError("client_name looks like that of another client; choose another one")

    async def _names_of_the_operator(self) -> list[str]:
        """The names and identifiers of clients that the operator added.

        Many clients that register themselves may share a name, as each device of one product does.
        """
        added = [client for client in await self._clients.all() if client.registered_with is None]
        return [name for client in added for name in (client.name, client.client_id)]


def _allowed_scope(
    metadata: ClientMetadata, allowed: InitialAccessToken, offered: frozenset[GrantType]
) -> tuple[str, ...]:
    """The client's scopes; without any in the metadata, all that the token allows.

    Raises:
        ClientMetadataError: more than the token allows.
    """
    if not set(metadata.grant_types) <= allowed.grant_types & offered:
        raise ClientMetadataError("grant_types has more than this initial access token allows")
    if metadata.scope is None:
        return allowed.scope
    if not set(metadata.scope) <= set(allowed.scope):
        raise ClientMetadataError("scope has more than this initial access token allows")
    return metadata.scope


def _refusal(error: ClientError) -> ClientMetadataError:
    code = (
        ErrorCode.INVALID_REDIRECT_URI
        if error.field == "redirect_uris"
        else ErrorCode.INVALID_CLIENT_METADATA
    )
    return ClientMetadataError(visible(str(error), limit=300), code)


def _response_members(client: Client, metadata: ClientMetadata, secret: Secret | None) -> dict[str, Any]:
    policy = client.policy
    members: dict[str, Any] = {
        "client_id": client.client_id,
        "client_id_issued_at": int(client.created_at),
        "client_name": client.name,
        "token_endpoint_auth_method": metadata.auth_method,
        "grant_types": list(metadata.grant_types),
        "response_types": response_types(metadata.grant_types),
        "redirect_uris": list(client.redirect_uris),
        "scope": " ".join(client.scope),
        "id_token_signed_response_alg": policy.id_token_algorithm,
        "post_logout_redirect_uris": list(policy.post_logout_redirect_uris),
        "dpop_bound_access_tokens": policy.requires_dpop,
        "require_pushed_authorization_requests": policy.requires_pushed_requests,
    }
    if client.jwks is not None:
        members["jwks"] = json.loads(client.jwks)
    if secret is not None:
        members |= {"client_secret": secret.reveal(), "client_secret_expires_at": 0}
    return members
