"""A server that is killed: the real program on a real socket, its database on either engine, devices and people outside.

``world`` is of each test's own, and runs the test once on each engine.
"""

import asyncio
import json
import os
import re
import select
import signal
import sqlite3
import subprocess
import sys
import threading
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Iterable, Iterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field
from html import unescape
from pathlib import Path
from typing import Any

import asyncpg
import httpx
import pytest
from argon2 import PasswordHasher

from pairgrant_protocol.vocabulary import GrantType
from pairgrant_server.accounts.sessions import Sessions
from pairgrant_server.authorization_server.model.records import Client, User
from pairgrant_server.authorization_server.store.interface.store import Store
from pairgrant_server.authorization_server.store.postgresql.store import PostgresqlStore
from pairgrant_server.authorization_server.store.sqlite.store import SqliteStore
from pairgrant_server.server_key_file import load_server_key

PATIENCE = 120.0
PASSWORD = "correct horse battery"
SCOPE = ("openid", "profile", "email", "offline_access", "board:read", "board:write")
DEVICE_GRANTS = frozenset({GrantType.DEVICE_CODE, GrantType.REFRESH_TOKEN})
READS = {
    "client",
    "clients",
    "user",
    "user_by_name",
    "users",
    "grant",
    "polled_grant",
    "grant_by_user_code",
} | {
    *("connected_device", "connected_devices", "session", "attempts", "signing_keys", "notices"),
    *("authorization", "consent", "is_spent", "initial_access_tokens", "upstreams", "identities"),
    "user_by_identity",
}
"""What the store is only asked; all its other methods change something, and can be interrupted."""

CHANGES = sorted(
    name
    for name in dir(Store)
    if not name.startswith("_") and name not in READS and name not in {"listen", "close"}
)

_HALVES = {
    "redeemed without a device, or the other way round": (
        "SELECT client_id FROM device_grants WHERE (status = 'redeemed') <> (connected_device_id IS NOT NULL)"
    ),
    "redeemed for a device that is nowhere": (
        "SELECT connected_device_id FROM device_grants WHERE connected_device_id IS NOT NULL"
        " AND connected_device_id NOT IN (SELECT device_id FROM connected_devices)"
    ),
    "redeemed without an answer to give again": (
        "SELECT client_id FROM device_grants WHERE status = 'redeemed' AND (replay IS NULL OR redeemed_at IS NULL)"
    ),
    "approved by nobody": (
        "SELECT client_id FROM device_grants WHERE status IN ('approved', 'redeemed')"
        " AND (user_id IS NULL OR auth_time IS NULL)"
    ),
    "one family from two codes": (
        "SELECT connected_device_id FROM device_grants WHERE connected_device_id IS NOT NULL"
        " GROUP BY connected_device_id HAVING count(*) > 1"
    ),
    "a device without a code": (
        "SELECT device_id FROM connected_devices WHERE grant_type LIKE '%device_code' AND device_id NOT IN"
        " (SELECT connected_device_id FROM device_grants WHERE connected_device_id IS NOT NULL)"
    ),
    "a code redeemed without a family of tokens, or the other way round": (
        "SELECT client_id FROM authorization_grants WHERE (status = 'redeemed') <> (connected_device_id IS NOT NULL)"
    ),
    "a code redeemed for a family that is nowhere": (
        "SELECT connected_device_id FROM authorization_grants WHERE connected_device_id IS NOT NULL"
        " AND connected_device_id NOT IN (SELECT device_id FROM connected_devices)"
    ),
    "a family from a code that nobody redeemed": (
        "SELECT device_id FROM connected_devices WHERE grant_type = 'authorization_code' AND device_id NOT IN"
        " (SELECT connected_device_id FROM authorization_grants WHERE connected_device_id IS NOT NULL)"
    ),
    "revoked, but not its refresh token": (
        "SELECT device_id FROM connected_devices WHERE revoked_at IS NOT NULL"
        " AND (refresh_digest IS NOT NULL OR replay IS NOT NULL)"
    ),
    "rotated without an answer to give again, or the other way round": (
        "SELECT device_id FROM connected_devices WHERE revoked_at IS NULL"
        " AND (refresh_sequence > 1) <> (rotated_at IS NOT NULL AND replay IS NOT NULL)"
    ),
}
"""What must never be there, whenever the power went."""

_HIDDEN = re.compile(r'<input type="hidden" name="([^"]+)" value="([^"]*)">')
_FORM = re.compile(r'<form method="post" action="([^"]+)".*?</form>', re.DOTALL)


class DiedError(httpx.TransportError):
    """A process ended by SIGKILL instead of doing what it was asked: no answer, as from a socket."""

    def __init__(self) -> None:
        super().__init__("killed")


class Programs:
    """``crashing_server.py``, from which every process of these tests is forked."""

    def __init__(self) -> None:
        script = Path(__file__).with_name("crashing_server.py")
        self._process = subprocess.Popen(
            [sys.executable, script],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            cwd=Path(__file__).parents[2],
            env={**os.environ, "PYTHONPATH": str(Path(__file__).parents[2])},
        )
        self._lock = threading.Lock()

    def run(self, words: tuple[str, ...], environment: dict[str, str], log: Path, stdin: str = "") -> int:
        return self._order({"run": words, "environment": environment, "log": str(log), "stdin": stdin})

    def ended(self, process: int) -> int:
        """The exit code, once there is one."""
        descriptor = os.pidfd_open(process)
        seen, _, _ = select.select([descriptor], [], [], PATIENCE)
        os.close(descriptor)
        assert seen, "the process goes on"
        return self._order({"wait": process})

    def close(self) -> None:
        self._process.communicate()

    def _order(self, order: dict[str, Any]) -> int:
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        with self._lock:
            self._process.stdin.write(json.dumps(order) + "\n")
            self._process.stdin.flush()
            return int(self._process.stdout.readline())


@dataclass
class Person:
    """Alice in a browser of her own, on a network of her own: plain forms with their hidden fields."""

    http: httpx.AsyncClient
    origin: str
    forms: dict[str, dict[str, str]] = field(default_factory=dict)
    path: str = ""

    async def open(self, path: str) -> httpx.Response:
        """The page where ``path`` leads, and its forms."""
        page = await self.http.get(path, follow_redirects=True)
        self.path = page.url.path
        self.forms = {
            form[1]: {name: unescape(value) for name, value in _HIDDEN.findall(form[0])}
            for form in _FORM.finditer(page.text)
        }
        return page

    async def submit(self, action: str, **fields: str) -> httpx.Response:
        return await self.http.post(
            action, data={**self.forms[action], **fields}, headers={"origin": self.origin}
        )

    async def sign_in(self) -> httpx.Response:
        await self.open("/signin")
        return await self.submit("/signin", username="alice", password=PASSWORD)

    async def enter(self, codes: dict[str, Any]) -> httpx.Response:
        await self.open("/device")
        return await self.submit("/device", user_code=codes["user_code"])

    async def decide(self, codes: dict[str, Any], decision: str = "approve") -> httpx.Response:
        """Approve or deny, signed in before; the answer is the acknowledgement."""
        await self.enter(codes)
        await self.open("/consent")
        return await self.submit("/consent", decision=decision)


@dataclass
class World:
    """One database, the server on it (started, killed, started again), and everybody outside."""

    engine: str
    database: str
    folder: Path
    programs: Programs
    closing: AsyncExitStack
    http: httpx.AsyncClient
    port: int
    environment: dict[str, str]
    server: int | None = None
    command_process: int | None = None
    answers: bool = False
    people: int = 0

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    @property
    def log(self) -> str:
        return (self.folder / "server.log").read_text()

    # Processes

    def die_at(self, point: str) -> None:
        """The point at which the next change ends its process; none where it is empty."""
        (self.folder / "point").write_text(point)

    async def start(self) -> None:
        """Return when the server answers.

        Raises:
            DiedError: it was killed before that.
        """
        words = ("run", "--port", str(self.port))
        self.server = self.programs.run(words, self.environment, self.folder / "server.log")
        async with asyncio.timeout(PATIENCE):
            while not self.answers:
                try:
                    self.answers = (await self.http.get("/healthz")).is_success
                except httpx.TransportError:
                    if _has_ended(self.server):
                        await self.death()
                        raise DiedError from None
                    await asyncio.sleep(0.01)  # until the other process listens

    async def stop(self) -> None:
        assert self.server is not None
        os.kill(self.server, signal.SIGTERM)
        assert await asyncio.to_thread(self.programs.ended, self.server) == 0, self.log
        self.server, self.answers = None, False

    async def command(self, *words: str, stdin: str = "") -> None:
        """What an operator types, to its successful end.

        Raises:
            DiedError
        """
        process = self.programs.run(words, self.environment, self.folder / "command.log", stdin)
        self.command_process = process
        code = await asyncio.to_thread(self.programs.ended, process)
        self.command_process = None
        if code == -signal.SIGKILL:
            raise DiedError
        assert code == 0, (self.folder / "command.log").read_text()

    def kill(self) -> None:
        """``kill -9`` of the command that runs, else of the server."""
        victim = self.command_process or self.server
        assert victim is not None
        os.kill(victim, signal.SIGKILL)

    async def death(self) -> None:
        """Return when the server has been killed."""
        assert self.server is not None
        code = await asyncio.to_thread(self.programs.ended, self.server)
        self.server, self.answers = None, False
        assert code == -signal.SIGKILL, (code, self.log)

    async def rise(self) -> None:
        """Start the server again, if it was the one that was killed; a command leaves it alone."""
        if self.server is not None:
            try:
                await self.http.get("/healthz")
            except httpx.TransportError:
                await self.death()
        if self.server is None:
            await self.start()

    # People and devices

    async def person(self) -> Person:
        """Someone who isn't signed in."""
        self.people += 1
        http = self.client(headers={"x-forwarded-for": f"198.51.100.{self.people}"})
        return Person(await self.closing.enter_async_context(http), self.url)

    async def alice(self) -> Person:
        """Alice, who signed in before: hashing her password each time would take longer than all the rest."""
        person = await self.person()
        store = await self.open_store()
        sessions = Sessions(store, load_server_key(self.folder / "server.key", may_create=False), time.time)
        alice = await store.user("u-alice")
        assert alice is not None
        person.http.cookies.set("pairgrant", (await sessions.sign_in(sessions.new_cookie(), alice)).reveal())
        await store.close()
        return person

    def client(self, **options: Any) -> httpx.AsyncClient:
        """Every request on a connection of its own: none is lost because the one before it was killed."""
        limits = httpx.Limits(max_keepalive_connections=0)
        return httpx.AsyncClient(
            base_url=self.url, trust_env=False, verify=False, limits=limits, timeout=PATIENCE, **options
        )

    async def ask(self) -> httpx.Response:
        return await self.http.post("/device_authorization", data={"client_id": "lobby-tv"})

    async def issue(self) -> dict[str, Any]:
        answer = await self.ask()
        assert answer.status_code == 200, answer.text
        codes: dict[str, Any] = answer.json()
        return codes

    async def poll(
        self, codes: dict[str, Any], client_id: str = "lobby-tv", *, wait: int = 0
    ) -> httpx.Response:
        form = {"grant_type": GrantType.DEVICE_CODE.value, "device_code": codes["device_code"]}
        prefer = {"prefer": f"wait={wait}"} if wait else {}
        return await self.http.post("/token", data={**form, "client_id": client_id}, headers=prefer)

    async def refresh(self, tokens: dict[str, Any], client_id: str = "lobby-tv") -> httpx.Response:
        form = {"grant_type": "refresh_token", "refresh_token": tokens["refresh_token"]}
        return await self.http.post("/token", data={**form, "client_id": client_id})

    async def revoke(self, tokens: dict[str, Any]) -> httpx.Response:
        return await self.http.post(
            "/revoke", data={"client_id": "lobby-tv", "token": tokens["refresh_token"]}
        )

    async def bearer(self, method: str, path: str, tokens: dict[str, Any], **options: Any) -> httpx.Response:
        """A request with the access token."""
        headers = {"authorization": f"Bearer {tokens['access_token']}"}
        return await self.http.request(method, path, headers=headers, **options)

    async def connected(self) -> dict[str, Any]:
        """The first token response of a device that Alice has just approved."""
        codes = await self.issue()
        assert (await (await self.alice()).decide(codes)).status_code == 303
        answer = await self.poll(codes)
        assert answer.status_code == 200, answer.text
        tokens: dict[str, Any] = answer.json()
        return tokens

    # The database

    async def open_store(self) -> Store:
        """The database as one more process would open it; the caller closes it."""
        if self.engine == "sqlite":
            return SqliteStore.open(self.folder / "pairgrant.db")
        return await PostgresqlStore.open(self.database)

    async def rows(self, statement: str) -> list[tuple[Any, ...]]:
        """What the database holds, whatever the server says."""
        (rows,) = await self.look([statement])
        return rows

    async def look(self, statements: Iterable[str]) -> list[list[tuple[Any, ...]]]:
        if self.engine == "sqlite":
            file = sqlite3.connect(self.folder / "pairgrant.db")
            try:
                return [file.execute(statement).fetchall() for statement in statements]
            finally:
                file.close()
        operator = await asyncpg.connect(self.database)
        try:
            return [[tuple(row) for row in await operator.fetch(statement)] for statement in statements]
        finally:
            await operator.close()

    async def count(self, table: str, condition: str = "1 = 1") -> int:
        (row,) = await self.rows(f"SELECT count(*) FROM {table} WHERE {condition}")
        return int(row[0])

    async def until(self, seen: Callable[[], Awaitable[bool]], what: str) -> None:
        """Return when something can be seen that another process does."""
        end = time.monotonic() + PATIENCE
        while not await seen():
            assert time.monotonic() < end, f"never seen: {what}"
            await asyncio.sleep(0.005)

    async def point_is_reached(self) -> None:
        async def reached() -> bool:
            return (self.folder / "point.reached").exists()

        await self.until(reached, "the process at its point")
        (self.folder / "point.reached").unlink()

    @asynccontextmanager
    async def locked(self, table: str) -> AsyncIterator[Callable[[], Awaitable[None]]]:
        """PostgreSQL: no change of ``table`` gets on; what is given returns when one waits.

        At the end nothing is under way any more, whoever was killed meanwhile.
        """
        others = "datname = current_database() AND pid <> pg_backend_pid()"
        operator = await asyncpg.connect(self.database)

        async def none(condition: str) -> bool:
            query = f"SELECT count(*) = 0 FROM pg_stat_activity WHERE {others} AND {condition}"
            return bool(await operator.fetchval(query))

        async def one_waits() -> None:
            async def waits() -> bool:
                await operator.execute("SELECT pg_stat_clear_snapshot()")
                return not await none("wait_event_type = 'Lock'")

            await self.until(waits, "a change that waits for the lock")

        try:
            async with operator.transaction():
                await operator.execute(f"LOCK TABLE {table} IN EXCLUSIVE MODE")
                yield one_waits
            await self.until(lambda: none("state <> 'idle'"), "the end of what was under way")
        finally:
            await operator.close()

    async def is_whole(self) -> None:
        """No half grant, no half family, no half revocation; and the file is sound."""
        found = dict(zip(_HALVES, await self.look(_HALVES.values()), strict=True))
        assert {what: rows for what, rows in found.items() if rows} == {}
        if self.engine == "sqlite":
            assert await self.look(["PRAGMA integrity_check", "PRAGMA foreign_key_check"]) == [[("ok",)], []]


def _has_ended(process: int) -> bool:
    descriptor = os.pidfd_open(process)
    ended, _, _ = select.select([descriptor], [], [], 0)
    os.close(descriptor)
    return bool(ended)


@pytest.fixture
def changes() -> list[str]:
    return CHANGES


@pytest.fixture(scope="session")
def programs() -> Iterator[Programs]:
    programs = Programs()
    yield programs
    programs.close()


@pytest.fixture(scope="session")
def password_hash() -> str:
    return PasswordHasher().hash(PASSWORD)


@pytest.fixture(params=["sqlite", "postgresql"])
def engine(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture
async def new_world(
    engine: str,
    tmp_path: Path,
    programs: Programs,
    free_port: Callable[[], int],
    request: pytest.FixtureRequest,
) -> AsyncIterator[World]:
    """An empty database, on which no server has run yet."""
    async with AsyncExitStack() as closing:
        database = f"sqlite:///{tmp_path / 'pairgrant.db'}"
        if engine == "postgresql":
            server = request.getfixturevalue("postgresql_server")
            database = await closing.enter_async_context(server.empty_database())
        port = free_port()
        kept = {name: value for name, value in os.environ.items() if not name.startswith("PAIRGRANT_")}
        environment = {
            **kept,
            "PAIRGRANT_DATABASE": database,
            "PAIRGRANT_SERVER_KEY_FILE": str(tmp_path / "server.key"),
            "PAIRGRANT_PUBLIC_URL": f"http://127.0.0.1:{port}",
            "PAIRGRANT_TRUSTED_PROXIES": "127.0.0.1",
            "PAIRGRANT_DEVICE_AUTHORIZATIONS_PER_ADDRESS": "0",
            "PAIRGRANT_TEST_POINT": str(tmp_path / "point"),
            "PAIRGRANT_TEST_CHANGES": " ".join(CHANGES),
        }
        world = World(engine, database, tmp_path, programs, closing, None, port, environment)  # type: ignore[arg-type]
        world.http = await closing.enter_async_context(world.client())
        world.die_at("")
        yield world
        for process in (world.server, world.command_process):
            if process is not None:
                os.kill(process, signal.SIGKILL)
                await asyncio.to_thread(programs.ended, process)


@pytest.fixture
async def world(new_world: World, password_hash: str) -> World:
    """A running server with the user alice and the clients lobby-tv and signage."""
    store = await new_world.open_store()
    now = time.time()
    assert await store.add_user(User("u-alice", "alice", password_hash, now, "Alice Liddell"))
    for client_id in ("lobby-tv", "signage"):
        assert await store.add_client(Client(client_id, "A screen", DEVICE_GRANTS, SCOPE, now))
    await store.close()
    await new_world.start()
    return new_world
