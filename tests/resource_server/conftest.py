"""A pretend issuer with real keys, and the resource server in front of a board in memory; all on clocks set
by hand.
"""

import json
from collections.abc import AsyncIterator, Awaitable, Callable, MutableMapping, Sequence
from typing import Any

import httpx
import pytest
from joserfc import jws, jwt
from joserfc.jwk import ECKey, RSAKey

from pairgrant_server.authorization_server.model.records import Notice
from pairgrant_server.authorization_server.store.errors import StoreUnavailableError
from pairgrant_server.request_id import begin
from pairgrant_server.resource_server.notice_boards import NoticeBoards
from pairgrant_server.resource_server.resource_server import ResourceServer, build_resource_server

ISSUER = "https://pair.example"
RESOURCE = "https://pair.example/board"
NOW = 1_790_000_000.0

Message = MutableMapping[str, Any]
Document = tuple[int, bytes, list[tuple[bytes, bytes]]]
Mint = Callable[..., str]
Publish = Callable[..., None]


@pytest.fixture
def instants() -> dict[str, float]:
    """The two clocks: ``unix`` and ``monotonic``, in seconds."""
    return {"unix": NOW, "monotonic": 0.0}


@pytest.fixture
def troubles() -> set[str]:
    """What is broken now: ``store``, ``issuer``."""
    return set()


@pytest.fixture
def key() -> ECKey:
    return ECKey.generate_key("P-256", {"kid": "k1", "use": "sig", "alg": "ES256"})


@pytest.fixture(scope="session")
def rsa_key() -> RSAKey:
    return RSAKey.generate_key(2048, {"kid": "r1"})


@pytest.fixture
def mint(key: ECKey) -> Mint:
    """``mint(sign_with, header={...}, **claims)``: a good access token, but for what the test changes; None
    removes.
    """

    def mint(
        sign_with: Any = None, *, header: dict[str, Any] | None = None, alg: str = "ES256", **claims: Any
    ) -> str:
        signer = sign_with or key
        head = {"alg": alg, "typ": "at+jwt", "kid": signer.kid, **(header or {})}
        good = {
            "iss": ISSUER,
            "aud": RESOURCE,
            "sub": "u1",
            "client_id": "lobby-tv",
            "jti": "t1",
            "iat": int(NOW),
            "exp": int(NOW) + 600,
            "scope": "openid board:read board:write",
        }
        return jwt.encode(
            {name: value for name, value in head.items() if value is not None},
            {name: value for name, value in {**good, **claims}.items() if value is not None},
            signer,
            registry=jws.JWSRegistry(algorithms=[alg], strict_check_header=False),
            default_type=None,
        )

    return mint


@pytest.fixture
def documents() -> dict[str, Document]:
    """What the issuer publishes: path -> status, body, headers."""
    return {}


@pytest.fixture
def publish(documents: dict[str, Document], key: ECKey) -> Publish:
    """``publish(*keys)``: the issuer's metadata and JWK Set, with the private halves left out."""

    def publish(*keys: Any, issuer: str = ISSUER) -> None:
        metadata = {"issuer": issuer, "token_endpoint": f"{issuer}/token", "jwks_uri": f"{issuer}/jwks"}
        jwk_set = {"keys": [each.as_dict(private=False) for each in keys]}
        documents["/.well-known/oauth-authorization-server"] = (200, json.dumps(metadata).encode(), [])
        documents["/jwks"] = (200, json.dumps(jwk_set).encode(), [])

    publish(key)
    return publish


@pytest.fixture
def asked() -> list[str]:
    """The paths that the issuer was asked for, in order."""
    return []


@pytest.fixture
def issuer_app(
    documents: dict[str, Document], publish: Publish, asked: list[str], troubles: set[str]
) -> Callable[..., Awaitable[None]]:
    async def issuer_app(scope: Message, receive: Any, send: Callable[[Message], Awaitable[None]]) -> None:
        begin()
        asked.append(scope["path"])
        if "issuer" in troubles:
            raise ConnectionRefusedError("nobody\r\nis there\x1b[2J")
        status, body, headers = documents.get(scope["path"], (404, b"", []))
        await send({"type": "http.response.start", "status": status, "headers": headers})
        await send({"type": "http.response.body", "body": body})

    return issuer_app


class BoardInMemory:
    """Implements ``NoticeStore``."""

    def __init__(self, troubles: set[str]) -> None:
        self._troubles = troubles
        self._notices: list[Notice] = []

    async def notices(self, user_id: str) -> Sequence[Notice]:
        self._break()
        return [notice for notice in reversed(self._notices) if notice.user_id == user_id]

    async def add_notice(self, notice: Notice, *, limit: int) -> bool:
        if len(await self.notices(notice.user_id)) >= limit:
            return False
        self._notices.append(notice)
        return True

    async def remove_notice(self, user_id: str, notice_id: str) -> bool:
        found = [each for each in await self.notices(user_id) if each.notice_id == notice_id]
        self._notices = [notice for notice in self._notices if notice not in found]
        return bool(found)

    def _break(self) -> None:
        if "store" in self._troubles:
            raise StoreUnavailableError


@pytest.fixture
def board(troubles: set[str], instants: dict[str, float]) -> NoticeBoards:
    numbers = iter(range(1, 1000))
    return NoticeBoards(BoardInMemory(troubles), lambda: instants["unix"], lambda: f"n{next(numbers)}")


@pytest.fixture
async def server(
    issuer_app: Any, board: NoticeBoards, instants: dict[str, float]
) -> AsyncIterator[ResourceServer]:
    async with httpx.AsyncClient(transport=httpx.ASGITransport(issuer_app)) as http:
        yield build_resource_server(
            issuer=ISSUER,
            resource=RESOURCE,
            http=http,
            board=board,
            clock=lambda: instants["unix"],
            monotonic=lambda: instants["monotonic"],
        )


@pytest.fixture
async def stranger(server: ResourceServer) -> AsyncIterator[httpx.AsyncClient]:
    """A client without a token."""
    async with httpx.AsyncClient(transport=httpx.ASGITransport(server), base_url=ISSUER) as client:
        yield client


@pytest.fixture
async def device(server: ResourceServer, mint: Mint) -> AsyncIterator[httpx.AsyncClient]:
    """A client with a good token of the user ``u1``."""
    headers = {"authorization": f"Bearer {mint()}"}
    transport = httpx.ASGITransport(server)
    async with httpx.AsyncClient(transport=transport, base_url=ISSUER, headers=headers) as client:
        yield client


@pytest.fixture
def ask(stranger: httpx.AsyncClient) -> Callable[[str], Awaitable[httpx.Response]]:
    """``await ask(token)``: the response to reading the board with it."""

    async def ask(token: str) -> httpx.Response:
        return await stranger.get("/board/notices", headers={"authorization": f"Bearer {token}"})

    return ask
