"""A server that says what a test tells it to, clocks moved by hand, and a device made of real parts between them."""

import asyncio
import json
import os
import subprocess
import sys
from collections.abc import AsyncIterator, Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl

import httpx
import pytest

from pairgrant.clock import Clock
from pairgrant.device import Device
from pairgrant.oauth.oauth_client import OAuthClient
from pairgrant.oauth.transport import Transport
from pairgrant.session.stored_tokens import StoredTokens
from pairgrant.session.token_store import FileTokenStore
from pairgrant.settings import DeviceSettings
from pairgrant_protocol.secret import Secret

ISSUER = "https://pair.example"
CLIENT_ID = "lobby-tv"
NOW = 5_000.0
WALL = 1_790_000_000.0


class ManualClock:
    """Time that passes only when told to; whoever sleeps is woken in order on the way."""

    def __init__(self) -> None:
        self.time = NOW
        self.unix = WALL
        self._sleepers: list[tuple[float, asyncio.Future[None]]] = []

    @property
    def clock(self) -> Clock:
        return Clock(now=lambda: self.time, wall=lambda: self.unix, sleep=self._sleep)

    async def pass_time(self, seconds: float) -> None:
        end = self.time + seconds
        await self.settle()
        while due := [sleeper for sleeper in self._sleepers if sleeper[0] <= end]:
            first = min(due, key=lambda sleeper: sleeper[0])
            self._sleepers.remove(first)
            self._move_to(max(first[0], self.time))
            if not first[1].done():
                first[1].set_result(None)
            await self.settle()
        self._move_to(end)

    def suspend(self, seconds: float) -> None:
        """A closed lid: the time goes on, but nobody's sleep gets shorter."""
        self._move_to(self.time + seconds)
        self._sleepers = [(due + seconds, sleeper) for due, sleeper in self._sleepers]

    async def settle(self) -> None:
        """Let everything that can run now run."""
        for _ in range(30):
            await asyncio.sleep(0)

    def _move_to(self, time: float) -> None:
        self.unix += time - self.time
        self.time = time

    async def _sleep(self, seconds: float) -> None:
        waiting = asyncio.get_running_loop().create_future()
        self._sleepers.append((self.time + seconds, waiting))
        await waiting


@dataclass
class Chunks(httpx.AsyncByteStream):
    """A body that arrives in pieces, and tells how many were taken."""

    pieces: list[bytes]
    taken: int = 0

    async def __aiter__(self) -> AsyncIterator[bytes]:
        for piece in self.pieces:
            self.taken += 1
            yield piece


Reply = Callable[[httpx.Request], httpx.Response]


def says(members: Any, status: int = 200, **headers: str) -> Reply:
    """A reply of JSON, or of bytes as they are."""
    body = members if isinstance(members, bytes) else json.dumps(members).encode()
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return lambda _request: httpx.Response(status, stream=Chunks([body]), headers=named)


def fails(error: type[httpx.TransportError]) -> Reply:
    """No reply at all."""

    def reply(request: httpx.Request) -> httpx.Response:
        raise error("not this time", request=request)

    return reply


@dataclass
class SimulatedServer:
    """Answers each path with the replies it was given, the last one again and again; keeps what it was asked."""

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
    def pending(stage: str | None = None) -> Reply:
        members = {"error": "authorization_pending", "pairing_stage": stage}
        return says({name: value for name, value in members.items() if value}, 400)

    async def __call__(self, request: httpx.Request) -> httpx.Response:
        self.requests.append(request)
        queue = self.replies.get(request.url.path)
        if not queue:
            return httpx.Response(404, stream=Chunks([b"not here"]))
        reply = queue.pop(0) if len(queue) > 1 else queue[0]
        return reply(request)


@pytest.fixture
def manual_clock() -> ManualClock:
    return ManualClock()


@pytest.fixture
def server() -> SimulatedServer:
    """A well-behaved server with one person, whose decision is still pending."""
    pretend = SimulatedServer()
    pretend.on("/.well-known/oauth-authorization-server", says(pretend.document()))
    pretend.on("/.well-known/openid-configuration", says(pretend.document()))
    pretend.on("/device_authorization", says(pretend.code()))
    pretend.on("/token", pretend.pending())
    pretend.on("/revoke", says({}))
    pretend.on("/userinfo", says({"sub": "1", "name": "Ada Lovelace", "preferred_username": "ada"}))
    notices = [{"id": "1", "text": "Lunch is at 12", "created_at": WALL - 130}]
    pretend.on("/board/notices", says({"notices": notices}, ETag='"1"'))
    return pretend


@pytest.fixture
def transport(server: SimulatedServer) -> Transport:
    return Transport(httpx.AsyncClient(transport=httpx.MockTransport(server)))


@pytest.fixture
def oauth_client(transport: Transport) -> OAuthClient:
    return OAuthClient(transport, issuer=ISSUER, client_id=CLIENT_ID)


@pytest.fixture
def store(tmp_path: Path) -> FileTokenStore:
    return FileTokenStore(tmp_path / "state" / "tokens.json", issuer=ISSUER, client_id=CLIENT_ID)


@pytest.fixture
def device(
    transport: Transport, oauth_client: OAuthClient, store: FileTokenStore, manual_clock: ManualClock
) -> Device:
    settings = DeviceSettings.checked(issuer=ISSUER, client_id=CLIENT_ID, device_name="Lobby TV")
    return Device(
        settings=settings, transport=transport, server=oauth_client, store=store, clock=manual_clock.clock
    )


@pytest.fixture
def stored() -> Callable[..., StoredTokens]:
    """``stored(**changes)``: tokens as they rest in a file, obtained just now and good for ten minutes."""

    def make(**changes: Any) -> StoredTokens:
        members: dict[str, Any] = {
            "issuer": ISSUER,
            "client_id": CLIENT_ID,
            "access_token": Secret("access-0"),
            "refresh_token": Secret("refresh-0"),
            "scope": ("openid", "profile", "board:read"),
            "obtained_at": WALL,
            "expires_in": 600,
            **changes,
        }
        return StoredTokens(**members)

    return make


@pytest.fixture
def keep(store: FileTokenStore) -> Callable[[StoredTokens], None]:
    """``keep(tokens)``: put them into the store."""

    def put(tokens: StoredTokens) -> None:
        writer = store.try_lock()
        assert writer is not None
        writer.save(tokens)
        writer.release()

    return put


@dataclass
class SocketServer:
    """``fake_server.py`` in a process of its own."""

    issuer: str

    def person(self, action: str, body: str = "") -> None:
        """What the person, or fate, does now."""
        httpx.post(f"{self.issuer}/-/{action}", content=body, trust_env=False).raise_for_status()

    def seen(self, path: str) -> int:
        """How often ``path`` was asked."""
        counts = httpx.get(f"{self.issuer}/-/seen", trust_env=False).json()
        return int(counts.get(path, 0))


@pytest.fixture
def start_server() -> Iterator[Callable[..., SocketServer]]:
    """``start_server("--lifetime", "1")``: a server on a real socket."""
    processes: list[subprocess.Popen[str]] = []

    def start(*options: str) -> SocketServer:
        script = Path(__file__).with_name("fake_server.py")
        process = subprocess.Popen([sys.executable, str(script), *options], stdout=subprocess.PIPE, text=True)
        processes.append(process)
        assert process.stdout is not None
        return SocketServer(process.stdout.readline().strip())

    yield start
    for process in processes:
        process.kill()
        process.communicate()


@pytest.fixture
def run_pairgrant(tmp_path: Path) -> Callable[..., "subprocess.Popen[str]"]:
    """``run_pairgrant("login", "--json", issuer=…)``: the command in a process of its own, without a terminal.

    With ``types`` it has a standard input to write to.
    """

    def run(*arguments: str, issuer: str, types: bool = False, **variables: str) -> "subprocess.Popen[str]":
        kept = {name: value for name, value in os.environ.items() if not name.startswith("PAIRGRANT_")}
        environment = {
            **kept,
            "PAIRGRANT_ISSUER": issuer,
            "PAIRGRANT_TOKEN_FILE": str(tmp_path / "run" / "tokens.json"),
            "NO_PROXY": "127.0.0.1",
            **variables,
        }
        return subprocess.Popen(
            [sys.executable, "-m", "pairgrant", *arguments],
            stdin=subprocess.PIPE if types else subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            env=environment,
        )

    return run
