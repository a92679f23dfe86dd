"""Start times: of the server, of ``pairgrant token``, to a code in JSON, and to the kiosk's first paint."""

import json
import os
import pty
import select
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread

from benchmarks.figures import Figure, ratio
from benchmarks.plan import Plan
from benchmarks.processes import free_port, responds
from benchmarks.tables import Table
from pairgrant.session.stored_tokens import StoredTokens
from pairgrant_protocol.secret import Secret

_PATIENCE = 60.0
_QUESTION, _REPLY = b"\x1b[c", b"\x1b]11;rgb:0000/0000/0000\x1b\\\x1b[?62;22c"
"""What the app asks the terminal first, and what a dark one replies at once."""

_FIRST_WORDS = b"Pairgrant"
_ENDPOINTS = ("device_authorization", "token", "revocation", "userinfo")


def measure(plan: Plan) -> Table:
    """Wall-clock time of whole processes with their own databases and token files, after one warm-up run."""
    folder = plan.folder
    runs: dict[str, Callable[[], float]] = {
        "`python -c pass`": lambda: _process([sys.executable, "-c", "pass"]),
        "`pairgrant-server run`, to its first response": server_start(folder, _installed("pairgrant-server")),
        "`pairgrant token`": token(folder, _installed("pairgrant")),
        "`pairgrant login --json`, to its first line": lambda: _first_line(folder, _installed("pairgrant")),
        "`pairgrant kiosk`, to its first paint": lambda: _first_paint(folder),
    }
    figures = {}
    for name, run in runs.items():
        plan.tell(f"start-up: {name}")
        run()
        figures[name] = Figure(tuple(run() for _ in range(plan.start_ups)))
    baseline = next(iter(figures.values()))
    rows = ((name, figure.text(3), ratio(figure, baseline)) for name, figure in figures.items())
    return Table(("a whole process", "seconds", "times `python -c pass`"), tuple(rows))


def _installed(command: str) -> Path:
    return Path(sys.executable).with_name(command)


def token(folder: Path, pairgrant: Path) -> Callable[[], float]:
    """Seconds for ``pairgrant token`` with a valid access token, which every script waits for."""
    file = folder / "token.json"
    kept = StoredTokens(
        issuer="http://127.0.0.1:8628",
        client_id="lobby-tv",
        access_token=Secret("benchmark"),
        refresh_token=None,
        scope=("openid",),
        obtained_at=time.time(),
        expires_in=3600,
    )
    file.write_bytes(kept.serialize())
    file.chmod(0o600)
    return lambda: _process([pairgrant, "token", "--token-file", file])


def _process(command: Sequence[str | Path]) -> float:
    started = time.perf_counter()
    subprocess.run(command, check=True, stdout=subprocess.DEVNULL)
    return time.perf_counter() - started


def server_start(folder: Path, pairgrant_server: Path) -> Callable[[], float]:
    """A start of the server with a database in ``folder``, until its first response, in seconds."""
    folder.mkdir(exist_ok=True)
    return lambda: _server_start(folder, pairgrant_server)


def _server_start(folder: Path, pairgrant_server: Path) -> float:
    port = free_port()
    started = time.perf_counter()
    process = subprocess.Popen(
        [pairgrant_server, "run", "--port", str(port)],
        env={**os.environ, "PAIRGRANT_DATABASE": f"sqlite:///{folder / 'start-up.db'}"},
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    try:
        while not responds(port):
            if time.perf_counter() - started > _PATIENCE:
                raise TimeoutError("the server never responded")
            time.sleep(0.005)
        return time.perf_counter() - started
    finally:
        process.send_signal(signal.SIGTERM)
        process.wait()


class _Codes(BaseHTTPRequestHandler):
    """A server that has a code for everyone at once, so that only the command's own time counts."""

    def do_GET(self) -> None:
        self._send(
            {**{f"{name}_endpoint": f"{self._origin}/{name}" for name in _ENDPOINTS}, "issuer": self._origin}
        )

    def do_POST(self) -> None:
        self.rfile.read(int(self.headers["Content-Length"]))
        texts = {"device_code": "d", "user_code": "WDJB-MJHT", "verification_uri": f"{self._origin}/device"}
        self._send({**texts, "expires_in": 600, "interval": 5})

    @property
    def _origin(self) -> str:
        return f"http://{self.headers['Host']}"

    def _send(self, members: dict[str, str | int]) -> None:
        body = json.dumps(members).encode()
        self.send_response(200)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: object) -> None:
        pass


def _first_line(folder: Path, pairgrant: Path) -> float:
    """Until ``pairgrant login --json`` has printed the code of a server that responds at once."""
    with ThreadingHTTPServer(("127.0.0.1", 0), _Codes) as server:
        Thread(target=server.serve_forever, daemon=True).start()
        issuer = f"http://127.0.0.1:{server.server_port}"
        command: list[str | Path] = [
            pairgrant,
            "login",
            "--json",
            "--issuer",
            issuer,
            "--token-file",
            folder / "login.json",
        ]
        started = time.perf_counter()
        with subprocess.Popen(
            command, stdout=subprocess.PIPE, env={**os.environ, "NO_PROXY": "127.0.0.1"}
        ) as login:
            assert login.stdout is not None
            line = login.stdout.readline()
            seconds = time.perf_counter() - started
            login.kill()
        server.shutdown()
    if b'"code"' not in line:
        raise RuntimeError(f"no code: {line!r}")
    return seconds


def _first_paint(folder: Path) -> float:
    """Until the terminal app has drawn its first words, on a pseudo-terminal of 80 by 24."""
    started = time.perf_counter()
    process_id, terminal = pty.fork()
    if process_id == 0:
        os.environ.update(
            PAIRGRANT_TOKEN_FILE=str(folder / "none.json"), TERM="xterm-256color", COLUMNS="80", LINES="24"
        )
        os.execv(
            sys.executable, [sys.executable, "-m", "pairgrant", "kiosk", "--issuer", "http://127.0.0.1:9"]
        )
    drawn, has_replied = b"", False
    try:
        while _FIRST_WORDS not in drawn:
            readable, _, _ = select.select([terminal], [], [], _PATIENCE)
            if not readable:
                raise TimeoutError("the terminal app drew nothing")
            drawn += os.read(terminal, 65_536)
            if _QUESTION in drawn and not has_replied:
                has_replied = os.write(terminal, _REPLY) > 0
        return time.perf_counter() - started
    finally:
        os.kill(process_id, signal.SIGKILL)
        os.waitpid(process_id, 0)
        os.close(terminal)
