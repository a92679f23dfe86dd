"""A running server for one test."""

import ssl
import subprocess
from dataclasses import dataclass
from pathlib import Path

import httpx

from tests.journey.waiting import PATIENCE, until
from tests.processes.programs import Process, Programs, clean_environment

PASSWORD = "correct horse battery"
SCOPE = "openid profile email offline_access board:read board:write"


@dataclass
class Service:
    """A ``pairgrant-server run`` of this test's own, with the user alice and the client lobby-tv."""

    folder: Path
    port: int
    settings: dict[str, str]
    programs: Programs
    server_programs: Programs
    """Starts the server."""
    running: Process | None = None
    scheme: str = "http"
    verify: ssl.SSLContext | bool = True

    @property
    def url(self) -> str:
        return f"{self.scheme}://127.0.0.1:{self.port}"

    @property
    def environment(self) -> dict[str, str]:
        database = f"sqlite:///{self.folder / 'pairgrant.db'}"
        return {**clean_environment(), "PAIRGRANT_DATABASE": database, **self.settings}

    @property
    def process(self) -> Process:
        """The server."""
        assert self.running is not None
        return self.running

    def neighbour(self, folder: Path, port: int) -> "Service":
        """Another server of the same settings, and so on the same database where that can be shared."""
        return Service(folder, port, self.settings, self.programs, self.server_programs)

    def command(self, *words: str, stdin: str = "") -> subprocess.CompletedProcess[str]:
        return self.programs.run("pairgrant-server", *words, environment=self.environment, stdin=stdin)

    async def start(self) -> None:
        words = ("pairgrant-server", "run", "--port", str(self.port))
        log = self.folder / "server.log"
        process = self.server_programs.start(*words, environment=self.environment, log=log)
        self.running = process
        async with httpx.AsyncClient(trust_env=False, verify=self.verify, timeout=PATIENCE) as client:

            async def responds() -> bool:
                try:
                    return (await client.get(f"{self.url}/healthz")).is_success
                except httpx.TransportError:
                    assert process.poll() is None, f"the server ended: {self.log}"
                    return False

            await until(responds, "the server's first response")

    def stop(self) -> int:
        """SIGTERM, and the exit code it leads to."""
        self.process.terminate()
        code = self.process.wait(PATIENCE)
        self.running = None
        return code

    @property
    def log(self) -> str:
        return (self.folder / "server.log").read_text()
