"""``grant_type=client_credentials``: a token for the client itself (RFC 6749 §4.4)."""

from pairgrant_protocol.messages import split_scope
from pairgrant_protocol.vocabulary import ErrorCode
from pairgrant_server.authorization_server.clients.clients import (
    allowed_scope,
    forbidden_scope,
)
from pairgrant_server.authorization_server.endpoints.token_grants.token_request import (
    TokenGrant,
    TokenRequest,
)
from pairgrant_server.authorization_server.errors import OAuthError, invalid_target
from pairgrant_server.authorization_server.http.message import Response, json_bytes
from pairgrant_server.authorization_server.model.audience import is_allowed_resource
from pairgrant_server.authorization_server.model.records import Client
from pairgrant_server.authorization_server.model.scopes import OFFLINE_ACCESS, OPENID
from pairgrant_server.authorization_server.model.settings import ServerSettings
from pairgrant_server.authorization_server.store.interface.users import UserStore
from pairgrant_server.authorization_server.tokens.token_issuer import TokenIssuer

_OF_A_PERSON = frozenset({OPENID, OFFLINE_ACCESS})
"""Scopes that are about a person."""


def client_credentials_grant(settings: ServerSettings, users: UserStore, issuer: TokenIssuer) -> TokenGrant:
    async def for_client(asked: TokenRequest) -> Response:
        client = asked.client
        if client.is_public:
            raise OAuthError(ErrorCode.UNAUTHORIZED_CLIENT, "a public client has no credentials (§4.4)")
        scope = _own_scope(client, split_scope(asked.form.get("scope", "")))
        resource = asked.form.get("resource", "")
        if not is_allowed_resource(settings, client.policy, resource):
            raise invalid_target()
        if await users.user(client.client_id) is not None:
            # ``sub`` could be mistaken for that person (RFC 9700 §4.15).
            raise OAuthError(ErrorCode.UNAUTHORIZED_CLIENT, "the client_id is the identifier of a person")
        return json_bytes(issuer.for_client(client, scope=scope, resource=resource, dpop_jkt=asked.dpop_jkt))

    return for_client


def _own_scope(client: Client, wanted: tuple[str, ...]) -> tuple[str, ...]:
    """The scope granted to the client itself; all of its own without a request for any.

    Raises:
        OAuthError: ``invalid_scope``.
    """
    if not _OF_A_PERSON.isdisjoint(wanted):
        raise OAuthError(ErrorCode.INVALID_SCOPE, "openid and offline_access need a signed-in person")
    granted = allowed_scope(client, wanted)
    if granted is None:
        raise OAuthError(
            ErrorCode.INVALID_SCOPE, f"this client may not ask for {forbidden_scope(client, wanted)}"
        )
    return tuple(value for value in granted if value not in _OF_A_PERSON)
