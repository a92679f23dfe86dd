"""An authorization server on a real database, a clock that is set by hand, and a device that speaks to it over ASGI."""

from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
import pytest

from shared.device_grant import Decision
from shared.secret import Secret
from shared.user_code import normalize
from shared.vocabulary import GrantType
from verify_web.authorization_server.assembly import AuthorizationServerParts, assemble
from verify_web.authorization_server.held_polls import HeldPolls
from verify_web.authorization_server.records import User
from verify_web.authorization_server.sealing import ServerKey
from verify_web.authorization_server.settings import ServerSettings
from verify_web.authorization_server.store.sqlite import SqliteStore

ISSUER = "http://pair.example:8628"
NOW = 1_790_000_000.0
SCOPE = "openid profile email offline_access board:read board:write"
ALICE = User("u-alice", "alice", "$hash$", NOW, "Alice Liddell", "alice@example.org")
DEVICE_GRANTS = frozenset({GrantType.DEVICE_CODE, GrantType.REFRESH_TOKEN})


class HandClock:
    """Unix time that moves only when told to."""

    def __init__(self) -> None:
        self.now = NOW

    def __call__(self) -> float:
        return self.now

    def advance(self, seconds: float) -> None:
        self.now += seconds


class HandTimers:
    """``call_later`` whose time comes when told to."""

    def __init__(self) -> None:
        self.waiting: dict[HandTimers.Timer, tuple[float, Callable[[], None]]] = {}

    class Timer:
        def __init__(self, timers: "HandTimers") -> None:
            self._timers = timers

        def cancel(self) -> None:
            self._timers.waiting.pop(self, None)

    def __call__(self, seconds: float, callback: Callable[[], None]) -> "HandTimers.Timer":
        timer = HandTimers.Timer(self)
        self.waiting[timer] = (seconds, callback)
        return timer

    def expire(self) -> None:
        """The time of every timer has come."""
        for timer, (_, callback) in list(self.waiting.items()):
            timer.cancel()
            callback()


@dataclass
class Server:
    """The server under test, and the hands of its operator, of Alice, and of the device lobby-tv."""

    parts: AuthorizationServerParts
    store: SqliteStore
    http: httpx.AsyncClient
    clock: HandClock
    settings: ServerSettings
    timers: HandTimers

    async def post(self, path: str, form: dict[str, str], **options: Any) -> httpx.Response:
        return await self.http.post(path, data=form, **options)

    async def start(self, **form: str) -> dict[str, Any]:
        answer = await self.post("/device_authorization", {"client_id": "lobby-tv", **form})
        assert answer.status_code == 200, answer.text
        members: dict[str, Any] = answer.json()
        return members

    async def poll(
        self, codes: dict[str, Any], *, headers: dict[str, str] | None = None, **form: str
    ) -> httpx.Response:
        asked = {
            "grant_type": GrantType.DEVICE_CODE,
            "device_code": codes["device_code"],
            "client_id": "lobby-tv",
        }
        return await self.post("/token", {**asked, **form}, headers=headers)

    async def decide(self, codes: dict[str, Any], decision: Decision = Decision.APPROVE) -> bool:
        grant = await self.parts.grants.look_up(normalize(codes["user_code"]))
        assert grant is not None
        return await self.parts.grants.decide(
            grant.grant_id, decision, user_id=ALICE.user_id, auth_time=self.clock()
        )

    async def connect(self, **form: str) -> dict[str, Any]:
        """The token response of a whole pairing."""
        codes = await self.start(**form)
        assert await self.decide(codes)
        answer = await self.poll(codes)
        assert answer.status_code == 200, answer.text
        members: dict[str, Any] = answer.json()
        return members

    async def refresh(self, refresh_token: str, **form: str) -> httpx.Response:
        asked = {"grant_type": "refresh_token", "refresh_token": refresh_token, "client_id": "lobby-tv"}
        return await self.post("/token", {**asked, **form})

    async def userinfo(self, access_token: str) -> httpx.Response:
        return await self.http.get("/userinfo", headers={"authorization": f"Bearer {access_token}"})


@pytest.fixture
def settings() -> ServerSettings:
    """Overridden by parametrized tests that need other durations."""
    return ServerSettings(ISSUER)


@pytest.fixture
async def server(tmp_path: Path, settings: ServerSettings) -> AsyncIterator[Server]:
    clock = HandClock()
    store = SqliteStore.open(tmp_path / "pairgrant.db")
    timers = HandTimers()
    parts = await assemble(
        store,
        ServerKey(Secret("server key " * 4)),
        settings,
        clock=clock,
        held=HeldPolls(most=3, call_later=timers),
    )
    await store.add_user(ALICE)
    await parts.clients.add("lobby-tv", "Lobby TV", secret=None, grant_types=DEVICE_GRANTS, scope=SCOPE)
    await parts.clients.add(
        "signage",
        "Signage",
        secret=Secret("s3cret with / and + and %"),
        grant_types=DEVICE_GRANTS,
        scope="board:read offline_access",
    )
    await parts.clients.add(
        "no-device",
        "No device grant",
        secret=None,
        grant_types=frozenset({GrantType.REFRESH_TOKEN}),
        scope=SCOPE,
    )
    transport = httpx.ASGITransport(parts.endpoints, client=("192.0.2.7", 40000))
    async with httpx.AsyncClient(transport=transport, base_url=ISSUER) as http:
        yield Server(parts, store, http, clock, settings, timers)
    await store.close()
