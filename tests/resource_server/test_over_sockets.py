"""The resource server run alone, and an issuer somewhere else: uvicorn, TCP, and nothing in between."""

import asyncio
import socket
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import httpx
import uvicorn
from joserfc.jwk import ECKey

from pairgrant_server.authorization_server.model.records import User
from pairgrant_server.authorization_server.store.sqlite.store import SqliteStore
from pairgrant_server.resource_server.notice_boards import NoticeBoards
from pairgrant_server.resource_server.resource_server import build_resource_server
from tests.processes.programs import PATIENCE

NOW = 1_790_000_000.0


def listening() -> tuple[socket.socket, str]:
    """A socket that takes connections from now on, and its origin."""
    opened = socket.create_server(("127.0.0.1", 0))
    return opened, f"http://127.0.0.1:{opened.getsockname()[1]}"


@asynccontextmanager
async def served(app: Any, opened: socket.socket) -> AsyncIterator[None]:
    server = uvicorn.Server(uvicorn.Config(app, log_config=None, lifespan="off", ws="none"))
    serving = asyncio.create_task(server.serve(sockets=[opened]))
    try:
        yield
    finally:
        server.should_exit = True
        await serving


async def test_device_uses_a_separately_deployed_board(
    issuer_app: Any, publish: Callable[..., None], mint: Callable[..., str], key: ECKey, tmp_path: Path
) -> None:
    issuer_socket, issuer = listening()
    board_socket, origin = listening()
    publish(key, issuer=issuer)
    store = SqliteStore.open(tmp_path / "board.db")
    assert await store.add_user(User("u1", "alice", "$argon2id$", NOW, "Alice"))
    async with httpx.AsyncClient(trust_env=False, timeout=PATIENCE) as http:
        server = build_resource_server(
            issuer=issuer,
            resource=f"{origin}/board",
            http=http,
            board=NoticeBoards(store, lambda: NOW),
            clock=lambda: NOW,
        )
        async with served(issuer_app, issuer_socket), served(server, board_socket):
            token = mint(iss=issuer, aud=f"{origin}/board")
            await use_the_board(f"{origin}/board/notices", {"authorization": f"Bearer {token}"})
    await store.close()


async def use_the_board(notices: str, signed_in: dict[str, str]) -> None:
    async with httpx.AsyncClient(trust_env=False, timeout=PATIENCE) as client:
        refused = await client.get(notices)
        assert refused.status_code == 401
        bearer, _ = refused.headers.get_list("www-authenticate")
        _, _, where = bearer.partition("=")
        assert (await client.get(where.strip('"'))).json()["resource"] == notices.removesuffix("/notices")

        posted = await client.post(notices, json={"text": "Milk"}, headers=signed_in)
        assert posted.status_code == 201
        read = await client.get(notices, headers=signed_in)
        assert read.json() == {"notices": [posted.json()]}
        unchanged = await client.get(notices, headers={**signed_in, "if-none-match": read.headers["etag"]})
        assert (unchanged.status_code, unchanged.content) == (304, b"")
        assert (await client.head(notices, headers=signed_in)).headers["etag"] == read.headers["etag"]

        large = await client.post(
            notices, content=b" " * 20_000, headers={**signed_in, "content-type": "application/json"}
        )
        assert large.status_code == 413
        twice = [(name, value) for name, value in signed_in.items() for _ in range(2)]
        assert (await client.get(notices, headers=twice)).status_code == 400

        removed = await client.delete(f"{notices}/{posted.json()['id']}", headers=signed_in)
        assert removed.status_code == 204
        assert (await client.get(notices, headers=signed_in)).json() == {"notices": []}
