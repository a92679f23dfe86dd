"""An authorization server in memory that sends the responses it is given, for ``httpx.MockTransport``."""

import json
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qsl

import httpx

ISSUER = "https://pair.example"
CLIENT_ID = "lobby-tv"


@dataclass
class Chunks(httpx.AsyncByteStream):
    """A body that arrives in pieces; counts how many were read."""

    pieces: list[bytes]
    taken: int = 0

    async def __aiter__(self) -> AsyncIterator[bytes]:
        for piece in self.pieces:
            self.taken += 1
            yield piece


Reply = Callable[[httpx.Request], httpx.Response]


def says(members: Any, status: int = 200, **headers: str) -> Reply:
    """A reply of JSON, or of unchanged bytes."""
    body = members if isinstance(members, bytes) else json.dumps(members).encode()
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return lambda _request: httpx.Response(status, stream=Chunks([body]), headers=named)


def fails(error: type[httpx.TransportError]) -> Reply:
    """No response, but an error."""

    def reply(request: httpx.Request) -> httpx.Response:
        raise error("not this time", request=request)

    return reply


@dataclass
class SimulatedServer:
    """Sends the replies of each path in order, the last one repeatedly; keeps the requests."""

    issuer: str = ISSUER
    replies: dict[str, list[Reply]] = field(default_factory=dict)
    requests: list[httpx.Request] = field(default_factory=list)

    says = staticmethod(says)
    fails = staticmethod(fails)
    chunks = Chunks

    def on(self, path: str, *replies: Reply) -> None:
        self.replies[path] = list(replies)

    def asked(self, path: str) -> list[httpx.Request]:
        return [request for request in self.requests if request.url.path == path]

    def forms(self, path: str) -> list[dict[str, str]]:
        return [dict(parse_qsl(request.content.decode())) for request in self.asked(path)]

    def document(self, **changes: Any) -> dict[str, Any]:
        """The discovery document; a member changed to None is left out."""
        members = {
            "issuer": self.issuer,
            "token_endpoint": f"{self.issuer}/token",
            "device_authorization_endpoint": f"{self.issuer}/device_authorization",
            "revocation_endpoint": f"{self.issuer}/revoke",
            "userinfo_endpoint": f"{self.issuer}/userinfo",
            "protected_resources": [f"{self.issuer}/board"],
            **changes,
        }
        return {name: value for name, value in members.items() if value is not None}

    @staticmethod
    def code(**changes: Any) -> dict[str, Any]:
        members = {
            "device_code": "the-device-code",
            "user_code": "WDJB-MJHT",
            "verification_uri": "https://pair.example/device",
            "verification_uri_complete": "https://pair.example/D/WDJBMJHT",
            "expires_in": 600,
            "interval": 5,
            **changes,
        }
        return {name: value for name, value in members.items() if value is not None}

    @staticmethod
    def tokens(number: int = 1, **changes: Any) -> dict[str, Any]:
        members = {
            "access_token": f"access-{number}",
            "token_type": "Bearer",
            "expires_in": 600,
            "refresh_token": f"refresh-{number}",
            "scope": "openid profile board:read",
            **changes,
        }
        return {name: value for name, value in members.items() if value is not None}

    @staticmethod
    def pending(stage: str | None = None, number: str | None = None) -> Reply:
        members = {"error": "authorization_pending", "pairing_stage": stage, "number": number}
        return says({name: value for name, value in members.items() if value}, 400)

    async def __call__(self, request: httpx.Request) -> httpx.Response:
        self.requests.append(request)
        queue = self.replies.get(request.url.path)
        if not queue:
            return httpx.Response(404, stream=Chunks([b"not here"]))
        reply = queue.pop(0) if len(queue) > 1 else queue[0]
        return reply(request)
