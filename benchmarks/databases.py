"""Temporary database servers on the generator's core, so that a subject's core runs only the subject."""

import asyncio
import os
import secrets
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import asyncpg

from benchmarks.processes import GENERATOR_CORE, NotMeasuredError, done, free_port, listens, running


@dataclass(frozen=True, slots=True)
class Postgresql:
    """A cluster with the settings it comes with: fsync on, synchronous_commit on."""

    port: int

    def new_database(self) -> str:
        """The URL of an empty database."""
        name = f"bench_{secrets.token_hex(6)}"
        asyncio.run(self._execute(f"CREATE DATABASE {name}"))
        return self._url(name)

    async def _execute(self, statement: str) -> None:
        connection = await asyncpg.connect(self._url("postgres"))
        try:
            await connection.execute(statement)
        finally:
            await connection.close()

    def _url(self, database: str) -> str:
        return f"postgresql://pairgrant@127.0.0.1:{self.port}/{database}"


@contextmanager
def postgresql() -> Iterator[Postgresql]:
    """A new cluster of the newest PostgreSQL that Debian has installed.

    Raises:
        NotMeasuredError
    """
    found = sorted(Path("/usr/lib/postgresql").glob("*/bin/initdb"), key=lambda path: int(path.parts[4]))
    if not found:
        raise NotMeasuredError("needs PostgreSQL's server (apt install postgresql)")
    binaries, port = str(found[-1].parent), free_port()
    with tempfile.TemporaryDirectory(
        prefix="pairgrant-bench-postgresql-", ignore_cleanup_errors=True
    ) as name:
        folder, as_owner = Path(name), ["taskset", "-c", GENERATOR_CORE]
        if os.geteuid() == 0:  # PostgreSQL refuses to run as root
            shutil.chown(folder, "postgres")
            as_owner += ["runuser", "-u", "postgres", "--"]
        data = str(folder / "data")
        done(
            [
                *as_owner,
                f"{binaries}/initdb",
                "-D",
                data,
                "-E",
                "UTF8",
                "--no-locale",
                "-U",
                "pairgrant",
                "-A",
                "trust",
            ],
            cwd=Path("/"),
        )
        options = f"-c listen_addresses=127.0.0.1 -c port={port} -c unix_socket_directories="
        control = [*as_owner, f"{binaries}/pg_ctl", "-D", data, "-w", "-s"]
        done([*control, "start", "-l", str(folder / "log"), "-o", options], cwd=Path("/"))
        try:
            yield Postgresql(port)
        finally:
            done([*control, "stop", "-m", "immediate"], cwd=Path("/"))


@contextmanager
def redis() -> Iterator[str]:
    """The URL of a new Redis that keeps nothing on disk, which is its fastest.

    Raises:
        NotMeasuredError
    """
    if shutil.which("redis-server") is None:
        raise NotMeasuredError("needs Redis (apt install redis-server)")
    port = free_port()
    command = ["redis-server", "--port", str(port), "--bind", "127.0.0.1", "--save", "", "--appendonly", "no"]
    with running(command, port, {}, cwd=Path("/"), core=GENERATOR_CORE, is_up=listens):
        yield f"redis://127.0.0.1:{port}"
