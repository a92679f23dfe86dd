"""``/introspect``: a resource server or a client asks whether a token is active (RFC 7662)."""

from typing import Any

from pairgrant_protocol.secret import Secret
from pairgrant_protocol.vocabulary import ErrorCode
from pairgrant_server.authorization_server.authentication.client_authentication import (
    authenticate_client,
    names_a_client,
)
from pairgrant_server.authorization_server.clients.clients import Clients
from pairgrant_server.authorization_server.endpoints.form_request import form_of
from pairgrant_server.authorization_server.errors import ClientAuthenticationError, OAuthError
from pairgrant_server.authorization_server.http.message import Endpoint, Request, Response, json_response
from pairgrant_server.authorization_server.model.records import Client
from pairgrant_server.authorization_server.model.settings import ServerSettings
from pairgrant_server.authorization_server.tokens.introspection import (
    ActiveAccessToken,
    ActiveRefreshToken,
    Introspection,
)

_INACTIVE = json_response({"active": False})
_MOST_KEPT = 2048
"""Responses that are kept encoded, because resource servers introspect the same token many times."""

_COPIED_CLAIMS = ("scope", "client_id", "exp", "iat", "sub", "aud", "iss", "jti", "auth_time", "cnf")
"""The claims of an access token that are copied to the response (§2.2)."""


def introspection_endpoint(
    settings: ServerSettings, clients: Clients, introspection: Introspection
) -> Endpoint:
    """``{"active": false}`` for every invalid token, and for a caller that may not see it (§2.2, §4).

    ``token_type_hint`` is ignored: the token itself shows its type.
    """
    kept: dict[str, Response] = {}

    def active(token: ActiveAccessToken) -> Response:
        """A ``jti`` stands for all the claims, and for the username, which never changes."""
        key = token.claims["jti"]
        response = kept.get(key)
        if response is None:
            if len(kept) >= _MOST_KEPT:
                kept.clear()
            response = kept[key] = json_response(_access_token_members(token))
        return response

    async def introspect(request: Request) -> Response:
        form = form_of(request)
        if not names_a_client(request, form):
            raise ClientAuthenticationError("authenticate the client", challenge=True)
        client = await authenticate_client(request, form, clients)
        if (text := form.get("token")) is None:
            raise OAuthError(ErrorCode.INVALID_REQUEST, "token is missing")
        token = Secret(text)
        access_token = await introspection.access_token(token)
        if access_token is not None:
            return active(access_token) if may_see(client, access_token) else _INACTIVE
        refresh_token = await introspection.refresh_token(token)
        if refresh_token is not None and refresh_token.device.client_id == client.client_id:
            return json_response(_refresh_token_members(refresh_token, settings))
        return _INACTIVE

    return introspect


def may_see(client: Client, token: ActiveAccessToken) -> bool:
    """A client sees its own tokens; a resource server also those that were issued for it (§4)."""
    return token.claims["client_id"] == client.client_id or (
        not client.is_public and not set(client.policy.serves).isdisjoint(token.audience)
    )


def _access_token_members(token: ActiveAccessToken) -> dict[str, Any]:
    claims = token.claims
    members: dict[str, Any] = {
        "active": True,
        "token_type": "Bearer" if token.dpop_jkt is None else "DPoP",
        **{name: claims[name] for name in _COPIED_CLAIMS if name in claims},
    }
    if token.username is not None:
        members["username"] = token.username
    return members


def _refresh_token_members(token: ActiveRefreshToken, settings: ServerSettings) -> dict[str, Any]:
    """Without ``token_type``, which is about access tokens (RFC 6749 §7.1)."""
    device = token.device
    members: dict[str, Any] = {
        "active": True,
        "scope": " ".join(device.scope),
        "client_id": device.client_id,
        "username": token.user.username,
        "exp": int(device.expires_at),
        "sub": device.user_id,
        "iss": settings.public_url,
        "auth_time": int(device.auth_time),
    }
    return members if device.dpop_jkt is None else {**members, "cnf": {"jkt": device.dpop_jkt}}
