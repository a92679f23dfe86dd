"""Programs that start quickly: each process is forked from one that has imported everything."""

import json
import os
import select
import signal
import subprocess
import sys
import tempfile
import threading
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from tests.processes.programs import PATIENCE

ROOT = Path(__file__).parents[2]


class ForkedProcess:
    """A process of the fork server; used as ``subprocess.Popen`` is."""

    def __init__(self, server: "ForkServer", pid: int) -> None:
        self._server = server
        self.pid = pid
        self.returncode: int | None = None

    def poll(self) -> int | None:
        return self._exit_code(0)

    def wait(self, timeout: float | None = None) -> int:
        code = self._exit_code(timeout)
        if code is None:
            raise subprocess.TimeoutExpired(str(self.pid), timeout or 0)
        return code

    def send_signal(self, sig: int) -> None:
        if self.poll() is None:
            os.kill(self.pid, sig)

    def terminate(self) -> None:
        self.send_signal(signal.SIGTERM)

    def kill(self) -> None:
        self.send_signal(signal.SIGKILL)

    def _exit_code(self, timeout: float | None) -> int | None:
        if self.returncode is None:
            descriptor = os.pidfd_open(self.pid)
            ended, _, _ = select.select([descriptor], [], [], timeout)
            os.close(descriptor)
            if ended:
                self.returncode = self._server.order({"wait": self.pid})
        return self.returncode


class ForkServer:
    """The process that forks; ``script`` ends in ``fork_server.serve()``."""

    def __init__(self, script: Path) -> None:
        self._process = subprocess.Popen(
            [sys.executable, script],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            cwd=ROOT,
            env={**os.environ, "PYTHONPATH": str(ROOT)},
        )
        self._lock = threading.Lock()

    def order(self, order: dict[str, Any]) -> int:
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        with self._lock:
            self._process.stdin.write(json.dumps(order) + "\n")
            self._process.stdin.flush()
            return int(self._process.stdout.readline())

    def close(self) -> None:
        """Kill what still runs."""
        self._process.communicate()


class ForkedPrograms:
    """``Programs`` for tests that are not about how a program starts."""

    def __init__(self, script: Path | None = None) -> None:
        self._server = ForkServer(script or Path(__file__).with_name("fork_server.py"))

    def start(self, *words: str, environment: Mapping[str, str], log: Path, stdin: str = "") -> ForkedProcess:
        return self._fork(words, environment, log, log, stdin)

    def run(
        self, *words: str, environment: Mapping[str, str], stdin: str = ""
    ) -> subprocess.CompletedProcess[str]:
        with tempfile.TemporaryDirectory(prefix="pairgrant-program-") as folder:
            output, errors = Path(folder, "stdout"), Path(folder, "stderr")
            process = self._fork(words, environment, output, errors, stdin)
            try:
                code = process.wait(PATIENCE)
            finally:
                process.kill()
            return subprocess.CompletedProcess(words, code, output.read_text(), errors.read_text())

    def close(self) -> None:
        self._server.close()

    def _fork(
        self, words: tuple[str, ...], environment: Mapping[str, str], output: Path, errors: Path, stdin: str
    ) -> ForkedProcess:
        order = {
            "run": words,
            "environment": dict(environment),
            "stdout": str(output),
            "stderr": str(errors),
            "stdin": stdin,
        }
        return ForkedProcess(self._server, self._server.order(order))
