"""Other servers, installed on demand into .artifacts/peers: in production mode, one process, no logs."""

import shutil
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal

from benchmarks.processes import NotMeasuredError, Running, done, free_port, running
from benchmarks.subjects.subject import RESOURCE_SERVER, RESOURCE_SERVER_SECRET, Subject

SERVERS = Path(__file__).parent.parent / "peers"
_INSTALLED = Path(__file__).parent.parent.parent / ".artifacts" / "peers"


@dataclass(frozen=True, kw_only=True)
class OidcProvider(Subject):
    """oidc-provider on node; with ``redis_url`` on Redis, else in memory.

    Opaque access tokens are quicker to issue than JWTs, because nothing is signed.
    """

    device_authorization_path: str = "/device/auth"
    access_token_format: Literal["jwt", "opaque"] = "jwt"
    redis_url: str = field(default="", repr=False)

    @contextmanager
    def running(self, folder: Path, *, approves: bool = False) -> Iterator[Running]:
        del folder, approves
        port = free_port()
        environment = {
            "NODE_ENV": "production",
            "ACCESS_TOKEN_FORMAT": self.access_token_format,
            "RESOURCE_SERVER": RESOURCE_SERVER,
            "RESOURCE_SERVER_SECRET": RESOURCE_SERVER_SECRET,
            **({"REDIS_URL": self.redis_url} if self.redis_url else {}),
        }
        command = ["node", "--max-old-space-size=4096", "server.mjs", str(port)]
        with running(command, port, environment, cwd=_node_modules("oidc-provider")) as process:
            yield process


@dataclass(frozen=True, kw_only=True)
class PythonPeer(Subject):
    """A WSGI application on gunicorn with one synchronous worker, on SQLite (WAL, synchronous=NORMAL).

    With threads Django was a third slower, and Flask no faster. ``folder`` is below benchmarks/peers.
    """

    folder: str
    application: str
    has_to_prepare: bool = False

    @contextmanager
    def running(self, folder: Path, *, approves: bool = False) -> Iterator[Running]:
        del approves
        binaries, port = _virtual_environment(self.folder), free_port()
        environment = _database_in(folder)
        if self.has_to_prepare:
            done([binaries / "python", "prepare.py"], environment, SERVERS / self.folder)
        command = [
            str(binaries / "gunicorn"),
            "--workers",
            "1",
            "--bind",
            f"127.0.0.1:{port}",
            "--no-control-socket",
        ]
        server = [*command, "--log-level", "error", self.application]
        with running(server, port, environment, cwd=SERVERS / self.folder) as process:
            yield process

    def pending_codes(self, server: Running, folder: Path, count: int) -> Path:
        """Put straight into the database: at their rate of issuing, 100,000 would take minutes."""
        del server
        file = folder / f"codes-{count}"
        python = _virtual_environment(self.folder) / "python"
        done([python, "seed.py", str(count), file], _database_in(folder), SERVERS / self.folder)
        return file


def _database_in(folder: Path) -> dict[str, str]:
    return {"PEER_DATABASE": str(folder / "peer.db"), "PYTHONDONTWRITEBYTECODE": "1"}


def _node_modules(name: str) -> Path:
    """A copy of the peer's folder with its packages beside it."""
    if shutil.which("node") is None or shutil.which("npm") is None:
        raise NotMeasuredError("needs node and npm")
    installed = _INSTALLED / name
    shutil.copytree(SERVERS / name, installed, dirs_exist_ok=True)
    if not (installed / "node_modules" / name).is_dir():
        done(["npm", "install", "--no-package-lock", "--no-audit", "--no-fund", "--silent"], cwd=installed)
    return installed


def _virtual_environment(name: str) -> Path:
    """The folder of its commands."""
    installed = _INSTALLED / name
    binaries, mark = installed / "bin", installed / "requirements.txt"
    wanted = SERVERS / name / "requirements.txt"
    if mark.is_file() and mark.read_bytes() == wanted.read_bytes():
        return binaries
    if shutil.which("uv"):
        done(["uv", "venv", "--quiet", "--clear", "--python", sys.executable, installed])
        done(["uv", "pip", "install", "--quiet", "--python", binaries / "python", "-r", wanted])
    else:
        done([sys.executable, "-m", "venv", "--clear", installed])
        done([binaries / "python", "-m", "pip", "install", "--quiet", "-r", wanted])
    shutil.copy(wanted, mark)
    return binaries


def python_peers() -> list[Subject]:
    return [
        PythonPeer(name="Authlib on Flask, SQLite", folder="authlib", application="server:app"),
        PythonPeer(
            name="django-oauth-toolkit 3, SQLite (opaque tokens)",
            folder="django-oauth-toolkit",
            application="server:application",
            has_to_prepare=True,
        ),
    ]
