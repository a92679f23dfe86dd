"""How long a person waits for a start: the server's first answer, ``pairgrant token``, the terminal app's first paint."""

import os
import pty
import select
import signal
import socket
import subprocess
import sys
import time
from pathlib import Path

from benchmarks.measuring import Timing, table, timed
from device.stored_tokens import StoredTokens
from shared.secret import Secret

_PATIENCE = 60.0
_FIRST_WORDS = b"Pairgrant"


def measure(folder: Path) -> str:
    """The table, measured on databases and token files in ``folder``."""
    baseline = timed("python -c pass (baseline)", lambda: _process([sys.executable, "-c", "pass"]))
    return table(
        baseline,
        [
            timed("pairgrant-server run, to its first answer", lambda: _server_start(folder)),
            _token(folder),
            timed("pairgrant kiosk, to its first paint", lambda: _first_paint(folder)),
        ],
    )


def _token(folder: Path) -> Timing:
    """``pairgrant token`` with an access token that is still good: what every script that uses it waits for."""
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
    command = [sys.executable, "-m", "device", "token", "--token-file", str(file)]
    return timed("pairgrant token", lambda: _process(command))


def _process(command: list[str], **environment: str) -> float:
    started = time.perf_counter()
    subprocess.run(command, check=True, stdout=subprocess.DEVNULL, env={**os.environ, **environment})
    return time.perf_counter() - started


def _server_start(folder: Path) -> float:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    started = time.perf_counter()
    process = subprocess.Popen(
        [sys.executable, "-m", "verify_web.cli", "run", "--port", str(port)],
        env={**os.environ, "PAIRGRANT_DATABASE": f"sqlite:///{folder / 'bench.db'}"},
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    try:
        while not _answers(port):
            if time.perf_counter() - started > _PATIENCE:
                raise TimeoutError("the server never answered")
            time.sleep(0.005)
        return time.perf_counter() - started
    finally:
        process.send_signal(signal.SIGTERM)
        process.wait()


def _answers(port: int) -> bool:
    try:
        with socket.create_connection(("127.0.0.1", port), timeout=_PATIENCE) as connection:
            connection.sendall(b"GET /healthz HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: close\r\n\r\n")
            return connection.recv(64).startswith(b"HTTP/1.1 200")
    except ConnectionRefusedError:
        return False


def _first_paint(folder: Path) -> float:
    """Until the terminal app has drawn its first words, on a pseudo-terminal of 80 by 24."""
    started = time.perf_counter()
    process_id, terminal = pty.fork()
    if process_id == 0:
        os.environ.update(
            PAIRGRANT_TOKEN_FILE=str(folder / "none.json"), TERM="xterm-256color", COLUMNS="80", LINES="24"
        )
        os.execv(sys.executable, [sys.executable, "-m", "device", "kiosk", "--issuer", "http://127.0.0.1:9"])
    drawn = b""
    try:
        while _FIRST_WORDS not in drawn:
            readable, _, _ = select.select([terminal], [], [], _PATIENCE)
            if not readable:
                raise TimeoutError("the terminal app drew nothing")
            drawn += os.read(terminal, 65_536)
        return time.perf_counter() - started
    finally:
        os.kill(process_id, signal.SIGKILL)
        os.waitpid(process_id, 0)
        os.close(terminal)
