"""A server that is killed: the real program on a real socket, with devices and people outside."""

import asyncio
import re
import signal
import sqlite3
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Iterable
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field
from html import unescape
from pathlib import Path
from typing import Any

import asyncpg
import httpx

from pairgrant_protocol.vocabulary import GrantType
from pairgrant_server.accounts.sessions import Sessions
from pairgrant_server.authorization_server.store.interface.store import Store
from pairgrant_server.authorization_server.store.postgresql.store import PostgresqlStore
from pairgrant_server.authorization_server.store.sqlite.store import SqliteStore
from pairgrant_server.server_key_file import load_server_key
from tests.crash.died_error import DiedError
from tests.crash.invariants import INVARIANTS
from tests.processes.forked_programs import ForkedProcess, ForkedPrograms
from tests.processes.programs import PATIENCE

PASSWORD = "correct horse battery"

_HIDDEN = re.compile(r'<input type="hidden" name="([^"]+)" value="([^"]*)">')
_FORM = re.compile(r'<form method="post" action="([^"]+)".*?</form>', re.DOTALL)


@dataclass
class Person:
    """Alice with her own browser and network address; submits plain forms with their hidden fields."""

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
        """Approve or deny as a signed-in person; the response acknowledges the decision."""
        await self.enter(codes)
        await self.open("/consent")
        return await self.submit("/consent", decision=decision)


@dataclass
class World:
    """One database, the server on it (started, killed, started again), and its devices and people."""

    engine: str
    database: str
    folder: Path
    programs: ForkedPrograms
    closing: AsyncExitStack
    http: httpx.AsyncClient
    port: int
    environment: dict[str, str]
    server: ForkedProcess | None = None
    command_process: ForkedProcess | None = None
    is_up: bool = False
    people: int = 0

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    @property
    def log(self) -> str:
        return (self.folder / "server.log").read_text()

    # Processes

    def die_at(self, point: str) -> None:
        """Set the point at which the next change kills its process; none if empty."""
        (self.folder / "point").write_text(point)

    async def start(self) -> None:
        """Return when the server responds.

        Raises:
            DiedError: it was killed before that.
        """
        words = ("pairgrant-server", "run", "--port", str(self.port))
        self.server = self.programs.start(
            *words, environment=self.environment, log=self.folder / "server.log"
        )
        async with asyncio.timeout(PATIENCE):
            while not self.is_up:
                try:
                    self.is_up = (await self.http.get("/healthz")).is_success
                except httpx.TransportError:
                    if self.server.poll() is not None:
                        await self.death()
                        raise DiedError from None
                    await asyncio.sleep(0.01)  # until the other process listens

    async def stop(self) -> None:
        assert self.server is not None
        self.server.terminate()
        assert await asyncio.to_thread(self.server.wait, PATIENCE) == 0, self.log
        self.server, self.is_up = None, False

    async def command(self, *words: str, stdin: str = "") -> None:
        """Run an operator's command to its successful end.

        Raises:
            DiedError
        """
        process = self.programs.start(
            *("pairgrant-server", *words),
            environment=self.environment,
            log=self.folder / "command.log",
            stdin=stdin,
        )
        self.command_process = process
        code = await asyncio.to_thread(process.wait, PATIENCE)
        self.command_process = None
        if code == -signal.SIGKILL:
            raise DiedError
        assert code == 0, (self.folder / "command.log").read_text()

    def kill(self) -> None:
        """``kill -9`` of the command that runs, else of the server."""
        victim = self.command_process or self.server
        assert victim is not None
        victim.kill()

    async def death(self) -> None:
        """Return when the server has been killed."""
        assert self.server is not None
        code = await asyncio.to_thread(self.server.wait, PATIENCE)
        self.server, self.is_up = None, False
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
        """A person who isn't signed in."""
        self.people += 1
        http = self.client(address=f"198.51.100.{self.people}")
        return Person(await self.closing.enter_async_context(http), self.url)

    async def alice(self) -> Person:
        """Alice, already signed in, because hashing her password takes longer than all the rest."""
        person = await self.person()
        store = await self.open_store()
        sessions = Sessions(store, load_server_key(self.folder / "server.key", may_create=False), time.time)
        alice = await store.user("u-alice")
        assert alice is not None
        person.http.cookies.set("pairgrant", (await sessions.sign_in(sessions.new_cookie(), alice)).reveal())
        await store.close()
        return person

    def client(self, address: str = "192.0.2.7", **options: Any) -> httpx.AsyncClient:
        """A client that opens a connection for each request, so a killed server affects only one request.

        The server trusts this machine as its proxy, and a proxy names the address of its caller.
        """
        limits = httpx.Limits(max_keepalive_connections=0)
        return httpx.AsyncClient(
            base_url=self.url,
            trust_env=False,
            verify=False,
            limits=limits,
            timeout=PATIENCE,
            headers={"x-forwarded-for": address},
            **options,
        )

    async def ask(self) -> httpx.Response:
        return await self.http.post("/device_authorization", data={"client_id": "lobby-tv"})

    async def issue(self) -> dict[str, Any]:
        response = await self.ask()
        assert response.status_code == 200, response.text
        codes: dict[str, Any] = response.json()
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

    async def cancel(self, codes: dict[str, Any]) -> httpx.Response:
        return await self.http.post("/revoke", data={"client_id": "lobby-tv", "token": codes["device_code"]})

    async def bearer(self, method: str, path: str, tokens: dict[str, Any], **options: Any) -> httpx.Response:
        """A request with the access token."""
        headers = {"authorization": f"Bearer {tokens['access_token']}"}
        return await self.http.request(method, path, headers=headers, **options)

    async def connected(self) -> dict[str, Any]:
        """The first token response of a device that Alice has just approved."""
        codes = await self.issue()
        assert (await (await self.alice()).decide(codes)).status_code == 303
        response = await self.poll(codes)
        assert response.status_code == 200, response.text
        tokens: dict[str, Any] = response.json()
        return tokens

    # The database

    async def open_store(self) -> Store:
        """The database as one more process would open it; the caller closes it."""
        if self.engine == "sqlite":
            return SqliteStore.open(self.folder / "pairgrant.db")
        return await PostgresqlStore.open(self.database)

    async def rows(self, statement: str) -> list[tuple[Any, ...]]:
        """Rows of the database, read beside the server."""
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

    async def change(self, statement: str) -> None:
        """Change the database beside the server."""
        if self.engine == "sqlite":
            with sqlite3.connect(self.folder / "pairgrant.db") as file:
                file.execute(statement)
            file.close()
            return
        operator = await asyncpg.connect(self.database)
        try:
            await operator.execute(statement)
        finally:
            await operator.close()

    async def count(self, table: str, condition: str = "1 = 1") -> int:
        (row,) = await self.rows(f"SELECT count(*) FROM {table} WHERE {condition}")
        return int(row[0])

    async def until(self, seen: Callable[[], Awaitable[bool]], what: str) -> None:
        """Return when ``seen`` reports what another process does."""
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
        """PostgreSQL: block changes of ``table``; the yielded function returns when one waits.

        At the end no statement is running any more, even if its process was killed.
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
        """Assert that no invariant is broken and that the file is sound."""
        found = dict(zip(INVARIANTS, await self.look(INVARIANTS.values()), strict=True))
        assert {what: rows for what, rows in found.items() if rows} == {}
        if self.engine == "sqlite":
            assert await self.look(["PRAGMA integrity_check", "PRAGMA foreign_key_check"]) == [[("ok",)], []]
