"""An authorization server on a real database, and what its operator, Alice and a device do with it."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from typing import Any

import httpx

from pairgrant_protocol.device_grant import Decision
from pairgrant_protocol.secret import Secret
from pairgrant_protocol.user_code import normalize
from pairgrant_protocol.vocabulary import GrantType
from pairgrant_server.authorization_server.build import AuthorizationServerParts
from pairgrant_server.authorization_server.model.records import Client, DeviceGrant, User
from pairgrant_server.authorization_server.model.settings import ServerSettings
from pairgrant_server.authorization_server.store.sqlite.store import SqliteStore
from tests.authorization_server.hand_clock import NOW, HandClock, HandTimers

ISSUER = "http://pair.example:8628"
SCOPE = "openid profile email offline_access board:read board:write"
ALICE = User("u-alice", "alice", "$hash$", NOW, "Alice Liddell", "alice@example.org")
MACHINE_SECRET = Secret("the secret of a machine")
DEVICE_GRANTS = frozenset({GrantType.DEVICE_CODE, GrantType.REFRESH_TOKEN})


@dataclass
class ServerUnderTest:
    """The server under test, and the actions of its operator, of Alice, and of the device lobby-tv."""

    parts: AuthorizationServerParts
    store: SqliteStore
    http: httpx.AsyncClient
    clock: HandClock
    settings: ServerSettings
    timers: HandTimers
    codes: dict[str, Any] = field(default_factory=dict)
    """The codes of a pairing that a fixture began."""
    tokens: dict[str, Any] = field(default_factory=dict)
    """The tokens of a device that a fixture connected."""

    async def post(self, path: str, form: dict[str, str], **options: Any) -> httpx.Response:
        return await self.http.post(path, data=form, **options)

    async def start(self, **form: str) -> dict[str, Any]:
        response = await self.post("/device_authorization", {"client_id": "lobby-tv", **form})
        assert response.status_code == 200, response.text
        members: dict[str, Any] = response.json()
        return members

    async def poll(self, codes: dict[str, Any], *, headers: Any = None, **form: str) -> httpx.Response:
        asked = {
            "grant_type": GrantType.DEVICE_CODE,
            "device_code": codes["device_code"],
            "client_id": "lobby-tv",
        }
        return await self.post("/token", {**asked, **form}, headers=headers)

    @asynccontextmanager
    async def called_from(self, address: str) -> AsyncIterator[None]:
        """Requests in this context come from ``address``."""
        before, transport = self.http, httpx.ASGITransport(self.parts.endpoints, client=(address, 40000))
        async with httpx.AsyncClient(transport=transport, base_url=self.settings.public_url) as self.http:
            yield
        self.http = before

    async def grant(self, codes: dict[str, Any]) -> DeviceGrant:
        """The grant behind ``codes``, which can still be decided."""
        grant = await self.parts.device_flow.look_up(normalize(codes["user_code"]))
        assert grant is not None
        return grant

    async def client(self, client_id: str) -> Client:
        client = await self.store.client(client_id)
        assert client is not None
        return client

    async def change_client(self, client_id: str, **changes: Any) -> None:
        """Change a client as another process does: this one notices it after ``STALE_SECONDS``."""
        assert await self.store.replace_client(replace(await self.client(client_id), **changes))

    async def decide(self, codes: dict[str, Any], decision: Decision = Decision.APPROVE) -> bool:
        grant = await self.grant(codes)
        who: dict[str, Any] = {"user_id": ALICE.user_id, "auth_time": self.clock()}
        if decision is Decision.DENY:
            return await self.parts.decisions.deny(grant.grant_id, **who)
        return await self.parts.decisions.approve(grant, viewer=None, **who) is not None

    async def connect(self, **form: str) -> dict[str, Any]:
        """The token response of a whole pairing."""
        codes = await self.start(**form)
        assert await self.decide(codes)
        response = await self.poll(codes)
        assert response.status_code == 200, response.text
        members: dict[str, Any] = response.json()
        return members

    async def refresh(self, refresh_token: str, **form: str) -> httpx.Response:
        asked = {"grant_type": "refresh_token", "refresh_token": refresh_token, "client_id": "lobby-tv"}
        return await self.post("/token", {**asked, **form})

    async def introspect(self, token: str, **form: str) -> dict[str, Any]:
        """The introspection response for a client; by default the one that got the token."""
        response = await self.post("/introspect", {"client_id": "lobby-tv", "token": token, **form})
        assert response.status_code == 200, response.text
        members: dict[str, Any] = response.json()
        return members

    async def add_machine(self, client_id: str = "robot", **fields: Any) -> None:
        """Register a confidential client with the secret ``MACHINE_SECRET``, for itself."""
        digest = None if "jwks" in fields else self.parts.clients.secret_digest(client_id, MACHINE_SECRET)
        registered: dict[str, Any] = {
            "name": "A machine",
            "grant_types": frozenset({GrantType.CLIENT_CREDENTIALS}),
            "scope": ("board:read", "board:write", "openid", "offline_access"),
            "created_at": self.clock(),
            "secret_digest": digest,
        }
        assert await self.store.add_client(Client(client_id, **{**registered, **fields}))

    async def machine_token(self, client_id: str = "robot", **form: str) -> httpx.Response:
        asked = {"grant_type": "client_credentials", "client_id": client_id}
        return await self.post("/token", {**asked, "client_secret": MACHINE_SECRET.reveal(), **form})

    async def userinfo(self, access_token: str) -> httpx.Response:
        return await self.http.get("/userinfo", headers={"authorization": f"Bearer {access_token}"})
