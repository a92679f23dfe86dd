"""A PostgreSQL server in which each test has databases of its own."""

import os
import secrets
import subprocess
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import urlsplit, urlunsplit

import asyncpg
import pytest

PASSWORD = "p%2Fss-w0rd"
"""As it stands in a URL."""


@dataclass(frozen=True, slots=True)
class PostgresqlServer:
    """A server in which tests make and drop databases; ``folder`` is None where it isn't ours to stop."""

    url: str
    folder: Path | None = None
    free: list[str] = field(default_factory=list)
    """Databases that are empty again; to make one takes ten times as long as to empty one."""

    def database(self, name: str) -> str:
        return urlunsplit(urlsplit(self.url)._replace(path=f"/{name}"))

    async def run(self, statement: str, database: str | None = None) -> None:
        """A statement of the server's owner."""
        connection = await asyncpg.connect(database or self.url)
        try:
            await connection.execute(statement)
        finally:
            await connection.close()

    @asynccontextmanager
    async def empty_database(self) -> AsyncIterator[str]:
        """The URL of a database for one test."""
        if not self.free:
            self.free.append(f"pairgrant_test_{secrets.token_hex(6)}")
            await self.run(f"CREATE DATABASE {self.free[-1]} TEMPLATE template0 ENCODING 'UTF8'")
        name = self.free.pop()
        yield self.database(name)
        await self.run(f"ALTER DATABASE {name} RESET ALL")
        await self.run("DROP SCHEMA public CASCADE; CREATE SCHEMA public", self.database(name))
        self.free.append(name)

    def stop(self, mode: str) -> None:
        self._control("stop", "-m", mode)

    def start(self) -> None:
        assert self.folder is not None
        port = urlsplit(self.url).port
        # Tests kill processes, not the machine: what PostgreSQL gave to the kernel survives without fsync.
        options = (
            f"-c listen_addresses=127.0.0.1 -c port={port} -c unix_socket_directories="
            " -c fsync=off -c full_page_writes=off"
        )
        self._control("start", "-l", str(self.folder / "log"), "-o", options)

    def _control(self, *what: str) -> None:
        assert self.folder is not None
        as_owner(binaries() / "pg_ctl", "-D", self.folder / "data", "-w", "-s", *what)


def binaries() -> Path:
    """The folder of the newest PostgreSQL that is installed here."""
    found = sorted(Path("/usr/lib/postgresql").glob("*/bin/initdb"), key=lambda path: int(path.parts[4]))
    if found:
        return found[-1].parent
    if os.environ.get("CI") == "true":
        pytest.fail("PostgreSQL's server isn't installed: apt-get install postgresql")
    pytest.skip(
        "PostgreSQL's server isn't installed (apt-get install postgresql), nor PAIRGRANT_TEST_POSTGRESQL set"
    )


def as_owner(*command: str | Path) -> None:
    """Run the command as a user of its own, because PostgreSQL refuses to run as root."""
    prefix = ["runuser", "-u", "postgres", "--"] if os.geteuid() == 0 else []
    subprocess.run([*prefix, *map(str, command)], check=True, stdout=subprocess.DEVNULL, cwd="/")
