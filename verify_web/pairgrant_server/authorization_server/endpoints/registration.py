"""``/register``: a client registers itself with an initial access token (RFC 7591 §3)."""

from typing import Any

from pairgrant_protocol.vocabulary import ErrorCode
from pairgrant_server.authorization_server.authentication.bearer import presented_token
from pairgrant_server.authorization_server.clients.metadata import ClientMetadata, ClientMetadataError
from pairgrant_server.authorization_server.clients.registration import (
    ClientRegistration,
    InitialAccessTokenError,
)
from pairgrant_server.authorization_server.errors import AccessTokenError, OAuthError
from pairgrant_server.authorization_server.http.form import MAX_BODY_BYTES
from pairgrant_server.authorization_server.http.message import Endpoint, Request, Response, json_response
from pairgrant_server.authorization_server.jose.strict_json import StrictJSONError, strict_object
from pairgrant_server.authorization_server.limits.network import network_of
from pairgrant_server.security_events import SecurityEvent, emit

_JSON = b"application/json"


def registration_endpoint(registration: ClientRegistration) -> Endpoint:
    async def register(request: Request) -> Response:
        try:
            allowed = await registration.allowed(presented_token(request).token)
            members = await registration.register(ClientMetadata.parse(_members(request)), allowed)
        except InitialAccessTokenError:
            reason = "the initial access token is unknown, expired or used up"
            network = network_of(request.address)
            emit(SecurityEvent.CLIENT_AUTHENTICATION_FAILED, network=network, reason=reason)
            raise AccessTokenError(reason) from None
        except ClientMetadataError as error:
            raise OAuthError(error.code, str(error)) from None
        return json_response(members, status=201)

    return register


def _members(request: Request) -> dict[str, Any]:
    """The JSON object in the body.

    Raises:
        OAuthError: ``invalid_client_metadata``.
    """
    content_type = request.header(b"content-type") or b""
    if content_type.partition(b";")[0].strip().lower() != _JSON:
        raise OAuthError(ErrorCode.INVALID_CLIENT_METADATA, "the content type is not application/json")
    try:
        return strict_object(request.body, limit=MAX_BODY_BYTES)
    except StrictJSONError as error:
        raise OAuthError(ErrorCode.INVALID_CLIENT_METADATA, f"the body is unreadable: {error}") from None
