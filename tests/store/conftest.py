"""The contract suite's engines: every test of this folder that takes ``store`` runs once on each.

PostgreSQL is the server that PAIRGRANT_TEST_POSTGRESQL names (its user may make databases), else a throw-away cluster of
Debian's binaries. Each test has databases of its own.
"""

import os
import secrets
import shutil
import socket
import subprocess
import tempfile
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit, urlunsplit

import asyncpg
import pytest

from verify_web.authorization_server.store.interface import Store
from verify_web.authorization_server.store.postgresql import PostgresqlStore
from verify_web.authorization_server.store.sqlite import SqliteStore

PASSWORD = "p%2Fss-w0rd"
"""As it stands in a URL."""


@dataclass(frozen=True, slots=True)
class PostgresqlServer:
    """A server in which tests make and drop databases; ``folder`` is None where it isn't ours to stop."""

    url: str
    folder: Path | None = None

    def database(self, name: str) -> str:
        return urlunsplit(urlsplit(self.url)._replace(path=f"/{name}"))

    async def run(self, statement: str) -> None:
        """A statement of the server's owner, outside of the tests' databases."""
        connection = await asyncpg.connect(self.url)
        try:
            await connection.execute(statement)
        finally:
            await connection.close()

    def stop(self, mode: str) -> None:
        self._control("stop", "-m", mode)

    def start(self) -> None:
        assert self.folder is not None
        port = urlsplit(self.url).port
        options = f"-c listen_addresses=127.0.0.1 -c port={port} -c unix_socket_directories="
        self._control("start", "-l", str(self.folder / "log"), "-o", options)

    def _control(self, *what: str) -> None:
        assert self.folder is not None
        _as_nobody_special(_binaries() / "pg_ctl", "-D", self.folder / "data", "-w", "-s", *what)


def _binaries() -> Path:
    """The folder of the newest PostgreSQL that is installed here."""
    found = sorted(Path("/usr/lib/postgresql").glob("*/bin/initdb"), key=lambda path: int(path.parts[4]))
    if found:
        return found[-1].parent
    if os.environ.get("CI") == "true":
        pytest.fail("PostgreSQL's server isn't installed: apt-get install postgresql")
    pytest.skip(
        "PostgreSQL's server isn't installed (apt-get install postgresql), nor PAIRGRANT_TEST_POSTGRESQL set"
    )


def _as_nobody_special(*command: str | Path) -> None:
    """PostgreSQL refuses to run as root."""
    prefix = ["runuser", "-u", "postgres", "--"] if os.geteuid() == 0 else []
    subprocess.run([*prefix, *map(str, command)], check=True, stdout=subprocess.DEVNULL, cwd="/")


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@pytest.fixture(scope="session")
def postgresql_server() -> Iterator[PostgresqlServer]:
    if url := os.environ.get("PAIRGRANT_TEST_POSTGRESQL"):
        yield PostgresqlServer(url)
        return
    binaries = _binaries()
    folder = Path(tempfile.mkdtemp(prefix="pairgrant-postgresql-"))
    try:
        (folder / "password").write_text("p/ss-w0rd")
        if os.geteuid() == 0:
            for path in (folder, folder / "password"):
                shutil.chown(path, "postgres")
        owner = ("-U", "pairgrant", "--auth=scram-sha-256", f"--pwfile={folder / 'password'}")
        _as_nobody_special(binaries / "initdb", "-D", folder / "data", "--no-locale", "-E", "UTF8", *owner)
        server = PostgresqlServer(
            f"postgresql://pairgrant:{PASSWORD}@127.0.0.1:{_free_port()}/postgres", folder
        )
        server.start()
        try:
            yield server
        finally:
            server.stop("immediate")
    finally:
        shutil.rmtree(folder)


@asynccontextmanager
async def fresh_database(server: PostgresqlServer) -> AsyncIterator[str]:
    name = f"pairgrant_test_{secrets.token_hex(6)}"
    await server.run(f"CREATE DATABASE {name} TEMPLATE template0 ENCODING 'UTF8'")
    yield server.database(name)
    await server.run(f"DROP DATABASE {name} WITH (FORCE)")


@pytest.fixture
async def empty_database(postgresql_server: PostgresqlServer) -> AsyncIterator[str]:
    """The URL of a database of this test's own."""
    async with fresh_database(postgresql_server) as url:
        yield url


OpenStore = Callable[[], Awaitable[Store]]


@pytest.fixture(params=["sqlite", "postgresql"])
async def open_store(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[OpenStore]:
    """Opens one more store on this test's database, as another process would."""
    async with AsyncExitStack() as closing:
        if request.param == "postgresql":
            server = request.getfixturevalue("postgresql_server")
            url = await closing.enter_async_context(fresh_database(server))

        async def opened() -> Store:
            store: Store = (
                SqliteStore.open(tmp_path / "pairgrant.db")
                if request.param == "sqlite"
                else await PostgresqlStore.open(url)
            )
            closing.push_async_callback(store.close)
            return store

        yield opened


@pytest.fixture
async def store(open_store: OpenStore) -> Store:
    return await open_store()
