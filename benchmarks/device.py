"""The kiosk at rest: memory and processor time of the process while its screens stay as they are."""

import fcntl
import os
import pty
import signal
import struct
import sys
import termios
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from benchmarks.figures import Figure
from benchmarks.plan import Plan
from benchmarks.processes import resident_megabytes
from benchmarks.tables import Table
from pairgrant.session.stored_tokens import StoredTokens
from pairgrant_protocol.secret import Secret
from tests.device.fake_server import FakeServer

_COLUMNS, _ROWS = 120, 40
_NOTICES = 30
_SETTLED = 8.0
"""Seconds after which the screen stays as it is: the notices are loaded, and modules are compiled."""
_ACCESS_TOKEN = "benchmark"


def measure(plan: Plan) -> Table:
    """One process for each screen, in a pseudo-terminal of 120 by 40."""
    screens = {
        "the invitation": ("--no-auto",),
        "a code": ("--auto",),
        f"connected, {_NOTICES} notices": ("--no-auto",),
    }
    rows: list[tuple[str, ...]] = []
    with _server() as server:
        for name, words in screens.items():
            plan.tell(f"device: {name}, {plan.idle_seconds} s")
            token_file = plan.folder / f"kiosk-{len(rows)}.json"
            if name.startswith("connected"):
                _sign_in(server, token_file)
            megabytes, share = _at_rest(server.issuer, token_file, words, plan.idle_seconds)
            rows.append((name, Figure((megabytes,)).text(), Figure((share,)).text(2)))
    head = (f"kiosk, {_COLUMNS} by {_ROWS}, {plan.idle_seconds} s", "MB", "% of a core")
    return Table(head, tuple(rows))


@contextmanager
def _server() -> Iterator[FakeServer]:
    server = FakeServer(interval=5, lifetime=3600)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    for number in range(_NOTICES):
        server.person("notice", f"Notice {number + 1}: the lift on the east side is out of order until noon.")
    yield server
    server.shutdown()
    server.server_close()


def _sign_in(server: FakeServer, token_file: Path) -> None:
    server.access_tokens.add(_ACCESS_TOKEN)
    server.refresh_token = _ACCESS_TOKEN
    kept = StoredTokens(
        issuer=server.issuer,
        client_id="lobby-tv",
        access_token=Secret(_ACCESS_TOKEN),
        refresh_token=Secret(_ACCESS_TOKEN),
        scope=("openid", "profile", "board:read"),
        obtained_at=time.time(),
        expires_in=3600,
    )
    token_file.write_bytes(kept.serialize())
    token_file.chmod(0o600)


def _at_rest(issuer: str, token_file: Path, words: tuple[str, ...], seconds: float) -> tuple[float, float]:
    """Megabytes, and the percentage of a core's time."""
    command = [*(sys.executable, "-m", "pairgrant", "kiosk", "--no-config", "--issuer", issuer), *words]
    process_id, terminal = pty.fork()
    if process_id == 0:
        os.environ.update(PAIRGRANT_TOKEN_FILE=str(token_file), TERM="xterm-256color", LANG="C.UTF-8")
        os.execv(sys.executable, command)
    fcntl.ioctl(terminal, termios.TIOCSWINSZ, struct.pack("HHHH", _ROWS, _COLUMNS, 0, 0))
    drawing = threading.Thread(target=_draw, args=(terminal,), daemon=True)
    drawing.start()
    try:
        time.sleep(_SETTLED)
        before = _processor_seconds(process_id)
        time.sleep(seconds)
        share = 100 * (_processor_seconds(process_id) - before) / seconds
        return resident_megabytes(process_id), share
    finally:
        os.kill(process_id, signal.SIGKILL)
        os.waitpid(process_id, 0)
        drawing.join()
        os.close(terminal)


def _draw(terminal: int) -> None:
    """Read what a terminal would draw, until the program ends."""
    try:
        while os.read(terminal, 65_536):
            pass
    except OSError:
        return


def _processor_seconds(process_id: int) -> float:
    """The processor time of the process, in and out of the kernel (proc_pid_stat(5))."""
    fields = Path(f"/proc/{process_id}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")
