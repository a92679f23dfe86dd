"""An authorization server on a real database, a clock that is set by hand, and a device that speaks to it over ASGI."""

import json
from base64 import urlsafe_b64encode
from collections.abc import AsyncIterator, Callable, Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import httpx
import pytest
from joserfc.jwk import ECKey, Key, OKPKey, RSAKey
from joserfc.jws import JWSRegistry

from pairgrant_protocol.device_grant import Decision
from pairgrant_protocol.secret import Secret
from pairgrant_protocol.user_code import normalize
from pairgrant_protocol.vocabulary import GrantType
from pairgrant_server.authorization_server.build import AuthorizationServerParts, assemble
from pairgrant_server.authorization_server.device_flow.held_polls import HeldPolls
from pairgrant_server.authorization_server.model.records import Client, User
from pairgrant_server.authorization_server.model.settings import ServerSettings
from pairgrant_server.authorization_server.secrets.server_key import ServerKey
from pairgrant_server.authorization_server.store.sqlite.store import SqliteStore

ISSUER = "http://pair.example:8628"
NOW = 1_790_000_000.0
SCOPE = "openid profile email offline_access board:read board:write"
ALICE = User("u-alice", "alice", "$hash$", NOW, "Alice Liddell", "alice@example.org")
MACHINE_SECRET = Secret("the secret of a machine")
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
        grant = await self.parts.device_flow.look_up(normalize(codes["user_code"]))
        assert grant is not None
        who: dict[str, Any] = {"user_id": ALICE.user_id, "auth_time": self.clock()}
        if decision is Decision.DENY:
            return await self.parts.device_flow.deny(grant.grant_id, **who)
        return await self.parts.device_flow.approve(grant.grant_id, network=None, **who) is not None

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

    async def introspect(self, token: str, **form: str) -> dict[str, Any]:
        """What a client, by default the one that got the token, hears of it."""
        answer = await self.post("/introspect", {"client_id": "lobby-tv", "token": token, **form})
        assert answer.status_code == 200, answer.text
        members: dict[str, Any] = answer.json()
        return members

    async def add_machine(self, client_id: str = "robot", **fields: Any) -> None:
        """A confidential client without any person, and a policy where one is given; the secret is ``MACHINE_SECRET``."""
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


class Signer:
    """Someone with a private key of their own: a client that signs, or one whose word is taken for a person's."""

    def __init__(self, key: Key, algorithm: str, kid: str | None) -> None:
        self.key = key
        self.algorithm = algorithm
        self.kid = kid

    @property
    def jwk(self) -> dict[str, Any]:
        named = {} if self.kid is None else {"kid": self.kid}
        return {**self.key.as_dict(private=False), **named}

    @property
    def jwks(self) -> str:
        return json.dumps({"keys": [self.jwk]})

    def sign(self, claims: Mapping[str, Any] | bytes, **header: Any) -> str:
        """A compact JWS; a claim or header member that is None is left out."""
        algorithm = header.pop("signed_with", self.algorithm)
        head = {"alg": self.algorithm, "typ": "JWT", "kid": self.kid, **header}
        payload = claims if isinstance(claims, bytes) else _json(claims)
        signed = f"{_base64url(_json(head))}.{_base64url(payload)}"
        signature = JWSRegistry.algorithms[algorithm].sign(signed.encode(), self.key)
        return f"{signed}.{_base64url(signature)}"


def _json(members: Mapping[str, Any]) -> bytes:
    return json.dumps({name: value for name, value in members.items() if value is not None}).encode()


def _base64url(raw: bytes) -> str:
    return urlsafe_b64encode(raw).decode().rstrip("=")


@cache
def _key(algorithm: str, number: int) -> Key:
    """One key for each number: finding an RSA key takes a while."""
    del number
    if algorithm == "ES256":
        return ECKey.generate_key("P-256")
    return OKPKey.generate_key("Ed25519") if algorithm == "EdDSA" else RSAKey.generate_key(2048)


MakeSigner = Callable[..., Signer]


@pytest.fixture
def signer_of() -> MakeSigner:
    """``signer_of(algorithm, kid, number)``; two with the same algorithm and number have the same key."""

    def make(algorithm: str = "ES256", kid: str | None = "k1", number: int = 1) -> Signer:
        return Signer(_key(algorithm, number), algorithm, kid)

    return make
