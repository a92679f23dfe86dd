"""The folder and the two processes of a demo, all of which end with it, however it ends."""

import os
import shutil
import signal
import subprocess
import sys
import tempfile
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path
from types import FrameType, TracebackType
from typing import Any, Self

from pairgrant_server.commands import demo_keeper

_ENDING = (signal.SIGHUP, signal.SIGINT, signal.SIGTERM)
_STOP_SECONDS = 15.0
_LOOK_EVERY = 0.1


class DemoProcesses:
    """A context manager: a signal that ends the demo raises ``KeyboardInterrupt`` inside it.

    The keeper does the same work if this process is killed.
    """

    def __init__(self) -> None:
        self._before: dict[signal.Signals, Any] = {}
        self._running: list[subprocess.Popen[bytes]] = []

    def __enter__(self) -> Self:
        for number in _ENDING:
            before = signal.getsignal(number)
            if before is not signal.SIG_IGN or number is signal.SIGTERM:  # nohup ignores SIGHUP
                self._before[number] = signal.signal(number, _interrupt)
        self.folder = Path(tempfile.mkdtemp(prefix="pairgrant-demo-"))
        self._keeper = subprocess.Popen(
            [sys.executable, "-I", demo_keeper.__file__, str(self.folder)],
            stdin=subprocess.PIPE,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            start_new_session=True,
        )
        return self

    def start(
        self, command: list[str], variables: Mapping[str, str], *, log: Path | None = None
    ) -> subprocess.Popen[bytes]:
        """Start a half of the demo: in this terminal, or with a ``log`` in a session of its own.

        A session of its own keeps Ctrl+C for the other half.
        """
        environment = {**os.environ, **variables}
        if log is None:
            process = subprocess.Popen(command, env=environment)
        else:
            with log.open("wb") as output:
                process = subprocess.Popen(
                    command,
                    stdin=subprocess.DEVNULL,
                    stdout=output,
                    stderr=output,
                    env=environment,
                    start_new_session=True,
                )
        self._running.append(process)
        self._tell(f"+{process.pid}\n")
        return process

    def first_to_end(self) -> subprocess.Popen[bytes]:
        """Wait until one of the processes ends."""
        while True:
            for process in self._running:
                with suppress(subprocess.TimeoutExpired):
                    process.wait(_LOOK_EVERY)
                    return process

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        for number in self._before:
            signal.signal(number, signal.SIG_IGN)  # a second signal must not end the cleaning
        for process in reversed(self._running):
            _end(process)
            self._tell(f"-{process.pid}\n")
        self._tell("", is_last=True)
        with suppress(subprocess.TimeoutExpired):
            self._keeper.wait(_STOP_SECONDS)
        shutil.rmtree(self.folder, ignore_errors=True)
        for number, before in self._before.items():
            signal.signal(number, before)

    def _tell(self, line: str, *, is_last: bool = False) -> None:
        assert self._keeper.stdin is not None  # noqa: S101 - it is a pipe
        with suppress(OSError):
            self._keeper.stdin.write(line.encode())
            self._keeper.stdin.flush()
        if is_last:
            with suppress(OSError):
                self._keeper.stdin.close()


def _interrupt(_signal: int, _frame: FrameType | None) -> None:
    raise KeyboardInterrupt


def _end(process: subprocess.Popen[bytes]) -> None:
    process.terminate()
    try:
        process.wait(_STOP_SECONDS)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()
