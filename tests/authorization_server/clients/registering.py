"""Requests to the registration endpoint (RFC 7591 §3.1), and initial access tokens for them."""

import json
from typing import Any

import httpx

from pairgrant_protocol.secret import Secret
from pairgrant_protocol.vocabulary import GrantType
from tests.authorization_server.server_under_test import ServerUnderTest

ISSUER = "http://pair.example:8628"
NOW = 1_790_000_000
DEVICE: dict[str, Any] = {
    "client_name": "Kitchen TV",
    "token_endpoint_auth_method": "none",
    "grant_types": [GrantType.DEVICE_CODE, "refresh_token"],
    "scope": "openid offline_access board:read",
}
SERVICE: dict[str, Any] = {"grant_types": ["client_credentials"], "scope": "board:read"}


async def register(server: ServerUnderTest, token: str, metadata: Any, **headers: str) -> httpx.Response:
    body = metadata if isinstance(metadata, str | bytes) else json.dumps(metadata)
    message = {"content-type": "application/json", "authorization": f"Bearer {token}", **headers}
    response: httpx.Response = await server.http.post("/register", content=body, headers=message)
    return response


def outcome(response: httpx.Response) -> tuple[int, str]:
    return response.status_code, response.json().get("error", "")


async def new_token(server: ServerUnderTest, uses: int = 3, lifetime: int = 3600) -> str:
    token: Secret = await server.parts.initial_access_tokens.add(
        "integrators",
        grant_types=frozenset(GrantType),
        scope=("openid", "offline_access", "board:read"),
        uses=uses,
        lifetime=lifetime,
    )
    return token.reveal()
