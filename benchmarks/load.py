"""POLL and ISSUE at a whole `pairgrant-server run`, as a ratio to a bare ASGI app in the same minute.

The server has one core, wrk (Debian's package) the other; rounds of the two are interleaved, and medians are told.
"""

import os
import re
import shutil
import signal
import statistics
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx

_ROUNDS = 5
_SECONDS = 3
_CONNECTIONS = 16
_LIVE_CODES = 1000
_HERE = Path(__file__).parent
_PORT, _BARE_PORT = 8641, 8642


def measure(folder: Path) -> str:
    """The table, or why there is none."""
    if shutil.which("wrk") is None or (os.cpu_count() or 1) < 2:
        return "Not measured: needs wrk (apt install wrk) and two cores."
    environment = {
        **os.environ,
        "PAIRGRANT_DATABASE": f"sqlite:///{folder / 'load.db'}",
        "PAIRGRANT_INTERVAL": "1",
        "PAIRGRANT_DEVICE_AUTHORIZATIONS_PER_ADDRESS": "0",
        "PAIRGRANT_DEVICE_AUTHORIZATIONS_PER_CLIENT": "0",
        "DEVICE_CODES": str(folder / "codes"),
    }
    server = [sys.executable, "-m", "verify_web.cli"]
    add = [
        *server,
        "client",
        "add",
        "lobby-tv",
        "--name",
        "Lobby TV",
        "--grant",
        "device_code",
        "--grant",
        "refresh_token",
    ]
    subprocess.run(
        [*add, "--scope", "openid offline_access"], env=environment, check=True, stdout=subprocess.DEVNULL
    )
    with (
        _running([*server, "run", "--port", str(_PORT)], _PORT, environment),
        _running([sys.executable, "-m", "benchmarks.bare_app", str(_BARE_PORT)], _BARE_PORT, environment),
    ):
        (folder / "codes").write_text("\n".join(_issue(_LIVE_CODES)))
        rates: dict[str, list[float]] = {
            "bare ASGI app": [],
            "POLL, SQLite": [],
            "ISSUE, SQLite, durable": [],
        }
        for _ in range(_ROUNDS):
            rates["bare ASGI app"].append(_wrk("poll.lua", _BARE_PORT, environment))
            rates["POLL, SQLite"].append(_wrk("poll.lua", _PORT, environment))
            rates["ISSUE, SQLite, durable"].append(_wrk("issue.lua", _PORT, environment))
    bare = statistics.median(rates["bare ASGI app"])
    lines = [
        f"| workload ({_LIVE_CODES} live codes) | requests/s | ratio to the bare app |",
        "|---|---:|---:|",
    ]
    lines += [
        f"| {name} | {statistics.median(found):,.0f} | {statistics.median(found) / bare:.2f} |"
        for name, found in rates.items()
    ]
    return "\n".join(lines)


def _issue(count: int) -> list[str]:
    with httpx.Client(base_url=f"http://127.0.0.1:{_PORT}", trust_env=False) as client:
        return [
            client.post("/device_authorization", data={"client_id": "lobby-tv"}).json()["device_code"]
            for _ in range(count)
        ]


@contextmanager
def _running(command: list[str], port: int, environment: dict[str, str]) -> Iterator[None]:
    process = subprocess.Popen(
        ["taskset", "-c", "0", *command],
        env=environment,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    try:
        for _ in range(400):
            try:
                httpx.get(f"http://127.0.0.1:{port}/healthz", trust_env=False)
                break
            except httpx.TransportError:
                time.sleep(0.05)
        yield
    finally:
        process.send_signal(signal.SIGTERM)
        process.wait()


def _wrk(script: str, port: int, environment: dict[str, str]) -> float:
    """Requests a second."""
    command = [
        "taskset",
        "-c",
        "1",
        "wrk",
        "-t1",
        f"-c{_CONNECTIONS}",
        f"-d{_SECONDS}",
        "-s",
        str(_HERE / script),
    ]
    done = subprocess.run(
        [*command, f"http://127.0.0.1:{port}"], env=environment, check=True, capture_output=True, text=True
    )
    found = re.search(r"Requests/sec:\s+([\d.]+)", done.stdout)
    if found is None:
        raise RuntimeError(done.stdout)
    return float(found.group(1))
