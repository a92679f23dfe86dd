"""Processes of the real program, forked from a parent that has imported it."""

import json
import os
import select
import subprocess
import sys
import threading
from pathlib import Path
from typing import Any

import httpx

PATIENCE = 120.0


class DiedError(httpx.TransportError):
    """A process was ended by SIGKILL and gave no response, as on a socket."""

    def __init__(self) -> None:
        super().__init__("killed")


class Programs:
    """``crashing_server.py``, from which every process of these tests is forked."""

    def __init__(self) -> None:
        script = Path(__file__).with_name("crashing_server.py")
        self._process = subprocess.Popen(
            [sys.executable, script],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            cwd=Path(__file__).parents[2],
            env={**os.environ, "PYTHONPATH": str(Path(__file__).parents[2])},
        )
        self._lock = threading.Lock()

    def run(self, words: tuple[str, ...], environment: dict[str, str], log: Path, stdin: str = "") -> int:
        return self._order({"run": words, "environment": environment, "log": str(log), "stdin": stdin})

    def ended(self, process: int) -> int:
        """The exit code, once there is one."""
        descriptor = os.pidfd_open(process)
        seen, _, _ = select.select([descriptor], [], [], PATIENCE)
        os.close(descriptor)
        assert seen, "the process goes on"
        return self._order({"wait": process})

    def close(self) -> None:
        self._process.communicate()

    def _order(self, order: dict[str, Any]) -> int:
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        with self._lock:
            self._process.stdin.write(json.dumps(order) + "\n")
            self._process.stdin.flush()
            return int(self._process.stdout.readline())


def has_ended(process: int) -> bool:
    descriptor = os.pidfd_open(process)
    ended, _, _ = select.select([descriptor], [], [], 0)
    os.close(descriptor)
    return bool(ended)
