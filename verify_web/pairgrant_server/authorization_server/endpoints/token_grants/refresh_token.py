"""``grant_type=refresh_token`` (RFC 6749 §6)."""

from pairgrant_server.authorization_server.endpoints.token_grants.token_request import (
    TokenGrant,
    TokenRequest,
)
from pairgrant_server.authorization_server.http.message import Response, json_bytes
from pairgrant_server.authorization_server.tokens.refresh_token_rotation import RefreshTokenRotation


def refresh_token_grant(rotation: RefreshTokenRotation) -> TokenGrant:
    async def refresh(asked: TokenRequest) -> Response:
        response = await rotation.refresh(
            asked.client,
            asked.secret("refresh_token"),
            scope=asked.form.get("scope"),
            resource=asked.form.get("resource"),
            address=asked.http.address,
            dpop_jkt=asked.dpop_jkt,
        )
        return json_bytes(response)

    return refresh
